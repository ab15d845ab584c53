"""From an original to raw rows and quarantined rows, under its contract."""
