"""What starts a run: schedule, sensors and intake."""
