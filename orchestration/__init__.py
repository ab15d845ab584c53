"""Fil's night in Dagster and its command line; nothing here knows how rows are read, linked or written."""
