"""Delivers the consented part of the hub and publishes the night; how persons come about is not known here."""
