"""Fil's night in Dagster and its command line; other rooms read, link and write the rows."""
