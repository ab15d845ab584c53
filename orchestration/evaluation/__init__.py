"""A night against a synthetic city's truth: scores, fairness, traps, false merges, quarantined rows."""
