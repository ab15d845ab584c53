"""From scored pairs to the persons of one night, and the cases that a steward has to decide."""
