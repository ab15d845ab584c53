"""The public draw of places: repeatable by its seed, published as lists, and checked from the lists alone."""
