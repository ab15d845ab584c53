"""What a clerk or steward sees of a person and decides: cards, the two sides of a case, why two mentions are one."""
