"""Quarantined rows: counted, looked at on the record, released and revoked."""
