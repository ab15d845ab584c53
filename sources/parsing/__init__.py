"""Parses an original under its contract into raw rows and quarantined rows."""
