"""Dagster's web pages, only for the user who started them, and not for pages of other sites in the same browser."""
