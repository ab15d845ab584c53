"""Checks incoming and outgoing tables with Great Expectations; dbt tests check keys and relations between models."""
