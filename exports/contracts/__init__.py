"""What each target may receive: its YAML, a model that refuses an unlawful one, what it hides of protected people."""
