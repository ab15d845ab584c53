"""The kit for tables, charts and pages."""
