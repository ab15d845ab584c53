"""Why two mentions are, or are not, one person."""
