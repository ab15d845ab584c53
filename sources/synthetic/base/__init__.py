"""What every part of the synthetic city stands on: random streams, encodings, open cases."""
