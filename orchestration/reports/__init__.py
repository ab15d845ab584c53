"""How an answer reads, as text, data or one HTML page; nothing is computed here."""
