"""Starts runs: schedule, sensors and intake."""
