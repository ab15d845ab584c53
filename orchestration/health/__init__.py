"""Whether this installation can run its nights, and what lies on the disk in the clear."""
