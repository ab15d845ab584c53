"""Quarantined rows: counts, look-ups on the record, releases and revocations."""
