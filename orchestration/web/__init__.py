"""Dagster's web pages for whoever started them, and for no page of another site that their browser opens."""
