"""What every room stands on and that knows no person: SQL quoting, journal, durable files, scratch, errors."""
