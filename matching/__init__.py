"""Record linkage and stable person ids."""
