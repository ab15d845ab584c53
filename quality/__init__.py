"""Guards what arrives and what leaves with Great Expectations; keys and relations between models are dbt's tests."""
