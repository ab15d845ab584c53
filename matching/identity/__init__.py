"""Which registered id each cluster is, what changed, why, and how much may change in a night."""
