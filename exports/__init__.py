"""Room of Fil; see README.md."""
