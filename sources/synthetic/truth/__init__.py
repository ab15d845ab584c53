"""The truth of the city: who is who, what went wrong in each mention, what makes a person hard to tell."""
