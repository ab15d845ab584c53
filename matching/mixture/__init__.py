"""Learns from a file how two of its records differ if they are of one person, of relatives or of strangers."""
