"""What is expected of each relation, as plain data; nothing here runs."""
