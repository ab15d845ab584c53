"""What a clerk or steward sees and decides: cards, the two sides of a case, why two mentions were linked or not."""
