"""One module per source: how that system writes its extract."""
