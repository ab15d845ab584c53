"""Loads a night's raw tables into the work database, as of the business date, and traces records back to lines."""
