"""Writes a target's delivery: candidates, files, manifest and removals; written files are read back and checked."""
