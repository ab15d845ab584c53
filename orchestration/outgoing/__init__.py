"""What leaves or has left: segments previewed, the lottery, deliveries listed and made again."""
