"""Who may leave for a target: consent, protection, what is known since the date, and counts that may be shown."""
