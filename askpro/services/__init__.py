"""One verb after the other. Transactions are opened here, and never around an HTTP call."""
