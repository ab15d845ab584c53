"""Nights that are published: opened, recovered after a kill, and their history."""
