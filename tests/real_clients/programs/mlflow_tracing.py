"""MLflow's autologging, sent as OTLP instead of to a server of its own."""

import os
import tempfile

from conversation import KEY, RECEIVER, talk

os.environ |= {
    "MLFLOW_TRACKING_URI": f"file://{tempfile.mkdtemp()}",
    "MLFLOW_ALLOW_FILE_STORE": "true",
    "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": f"{RECEIVER}/v1/traces",
    "OTEL_EXPORTER_OTLP_TRACES_PROTOCOL": "http/protobuf",
    "OTEL_EXPORTER_OTLP_TRACES_HEADERS": f"Authorization=Bearer {KEY}",
    "OTEL_SERVICE_NAME": "ticket-bot",
}

import mlflow

mlflow.openai.autolog()


@mlflow.trace(span_type="AGENT")
def handle() -> None:
    mlflow.get_current_active_span().set_attribute("ticket", "T-17")
    talk()


handle()
