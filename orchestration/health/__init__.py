"""Checks whether this installation can run its nights, and what is on the disk without encryption."""
