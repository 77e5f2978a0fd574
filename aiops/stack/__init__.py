"""The embedded stack: PostgreSQL, Valkey, web server, workers and beat under one supervisor.

Nothing in here imports Django, so that it also runs before the settings can be loaded.
"""
