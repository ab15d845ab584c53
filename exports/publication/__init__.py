"""Publishes a night in one step and keeps the past: staging, seal, night changes, ledger, values hidden later."""
