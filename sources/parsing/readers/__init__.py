"""One module per file format: each reads a landed original and gives one row per line, with the contract's fields."""
