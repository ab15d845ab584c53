"""What messages say: their texts by segment and language."""
