"""How good, how different and how usual a linkage is, in counts."""
