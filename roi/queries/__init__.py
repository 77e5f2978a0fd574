"""Reads across rows that pages, API and CSV share."""
