"""Published nights: opened, recovered after a kill, and their history."""
