"""Compares a night with a synthetic city's truth: scores, fairness, traps, false merges, quarantined rows."""
