"""Pages of the backlog, by subject."""
