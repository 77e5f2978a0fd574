"""Pages and doors of workloads, by subject."""
