"""The command line `fil`: arguments in, one clear line out; the rooms do the work."""
