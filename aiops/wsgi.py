"""The WSGI entry point that gunicorn serves."""

import gc
import os

from django.core.wsgi import get_wsgi_application
from django.urls import resolve, reverse

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "aiops.settings")
application = get_wsgi_application()

# Django imports the views with the first request. By then the workers have parted, and each would have its own.
resolve(reverse("api"))

# What is loaded by now stays: looking through it again and again took 7 % of the time of ingest, whose requests make
# some ten thousand short-lived objects each.
gc.freeze()
gc.set_threshold(50_000, 20, 50)
