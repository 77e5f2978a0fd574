"""Arithmetic of evals on plain values: no Django, no clock, no I/O."""
