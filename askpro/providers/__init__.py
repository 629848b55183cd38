"""The wire of others: verify, parse, call, and translate their errors into ours once."""
