"""Shared tools that hold no personal data: SQL quoting, journal, durable files, scratch directories, errors."""
