"""The API of workloads, one file for each subject."""
