"""Pages of evals: thin doors, split by subject."""
