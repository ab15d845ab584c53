"""Shared tools of the synthetic city: random streams, encodings, open cases."""
