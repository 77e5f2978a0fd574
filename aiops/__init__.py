"""Project wiring and the kernel: who are we? Imports no other package of ours."""

from aiops.celery import app as celery_app

__all__ = ["celery_app"]
