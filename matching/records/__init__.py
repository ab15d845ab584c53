"""The table that is compared: keys derived from mentions of persons, of organisations, of a file."""
