"""What leaves for a target: candidates, files, manifest and removals, written once and read back."""
