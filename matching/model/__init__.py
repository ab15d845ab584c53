"""The Splink models: comparisons, blocking, training, files and frequencies; `shipped/` holds those of the project."""
