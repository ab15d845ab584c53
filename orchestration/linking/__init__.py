"""The matcher outside the night: a file, a rehearsal with another model, two models compared."""
