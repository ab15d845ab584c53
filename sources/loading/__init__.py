"""A night's raw tables in the work database, as of the business date, and the way back to a line."""
