"""What $FIL_HOME holds and how it is opened: settings, key, locks, work database, and what may be logged."""
