"""Decides who may be exported to a target: consent, protection, what is known since the date, and small counts."""
