"""Celery: the app, the queues and the only timetable. Beat ticks dispatchers; calendars are rows."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "aiops.settings")

app = Celery("payback")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()

TIMETABLE = {
    "backlog.tend_tickets": 60.0,
    "backlog.name_waiting": 3600.0,
    "backlog.read_mailboxes": 60.0,
    "workloads.dispatch_checks": 15.0,
    "workloads.requeue_lost": 60.0,
    "workloads.resume_repricings": 60.0,
    "workloads.watch_budgets": 300.0,
    "workloads.watch_cost": 3600.0,
    "workloads.tend_doors": 60.0,
    "workloads.keep_house": 3600.0,
    "workloads.settle_usage_days": 300.0,
    "workloads.take_out_doubles": 1800.0,
    "workloads.dispatch_probes": 30.0,
    "integrations.dispatch_deliveries": 10.0,
    "integrations.send_digests": 600.0,
    "aiops.heartbeat_checks": 15.0,
    "aiops.heartbeat_ingest": 15.0,
    "roi.assess_stale": 60.0,
    "roi.refresh_months": 120.0,
    "roi.close_months": 3600.0,
    "roi.requeue_plans": 60.0,
    "roi.tell_finance": 3600.0,
    "roi.feed_demo": 60.0,
    "roi.bring_back_deferred": 300.0,
    "roi.tend_reviews": 60.0,
    "roi.weekly_words": 3600.0,
    "roi.refresh_agendas": 300.0,
    "roi.refresh_outlooks": 3600.0,
    "roi.watch_tripwires": 3600.0,
    "roi.learn": 3600.0,
}

# A tick that nobody took before the next one is due is worth nothing: let it expire.
app.conf.beat_schedule = {
    name: {"task": name, "schedule": every, "options": {"expires": every}} for name, every in TIMETABLE.items()
}
app.conf.task_routes = {
    "integrations.*": {"queue": "deliveries"},
    "backlog.read_mailboxes": {"queue": "deliveries"},
    "aiops.heartbeat_ingest": {"queue": "ingest"},
    "workloads.replay_alert": {"queue": "ingest"},
    "workloads.store_held": {"queue": "ingest"},
}
