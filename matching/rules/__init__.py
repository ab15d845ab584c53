"""Which pairs and which persons may not be one, whatever the scores say."""
