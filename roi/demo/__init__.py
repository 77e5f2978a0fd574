"""The simulated company: a seeded simulator that works through the same operations as people do."""
