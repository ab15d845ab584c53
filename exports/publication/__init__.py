"""A night made public in one commit, and the past kept true: staging, seal, changes, ledger, what is hidden since."""
