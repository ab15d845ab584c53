"""The command line `fil`: arguments in, one clear line out; the work is done by the rooms."""
