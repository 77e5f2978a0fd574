"""Is it still good? Datasets, suites, runs and drift of a workload."""
