"""The contract of each source: its YAML, its Python model, the list of sources, and the documents made from it."""
