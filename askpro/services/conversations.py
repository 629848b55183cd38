"""Said versus done: what a call's transcript says, against what stands in the ledger."""
