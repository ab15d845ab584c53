"""What happens to people from night to night: moves, new names and documents, corrections, expiry."""
