"""One module per file format: a landed original in, one row per line with the contract's fields out."""
