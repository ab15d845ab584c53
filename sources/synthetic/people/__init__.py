"""Who lives in the city, with whom, under which name, document, address and contact."""
