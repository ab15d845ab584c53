"""Delivers the consented part of the hub to its targets, and publishes the night."""
