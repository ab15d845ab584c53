"""The truth of the city: who each mention is, its errors, and the traits that make a person hard to link."""
