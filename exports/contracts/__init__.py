"""What each target may receive: its YAML, its model with legal checks, and what is hidden of protected people."""
