"""What each source promises: its YAML, the model of it, the list of sources, the documents made of it."""
