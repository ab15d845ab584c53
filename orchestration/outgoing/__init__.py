"""Segments previewed, the lottery, and past deliveries listed and rebuilt."""
