"""The containers run what `make run` runs, and the file is a Compose file."""

import json
import re
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from aiops.stack.processes import processes

ROOT = Path(__file__).resolve().parents[2]
SCHEMA = json.loads((Path(__file__).parent / "compose_schema.json").read_text())
OURS = processes("0.0.0.0:8000")


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    return yaml.safe_load((ROOT / "docker-compose.yml").read_text())


def test_file_is_a_compose_file(compose: dict[str, Any]) -> None:
    jsonschema.Draft7Validator(SCHEMA).validate(compose)


def test_schema_refuses_a_misspelt_key(compose: dict[str, Any]) -> None:
    compose = json.loads(json.dumps(compose))
    compose["services"]["web"]["comand"] = ["true"]
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.Draft7Validator(SCHEMA).validate(compose)


@pytest.mark.parametrize("process", OURS, ids=lambda process: process.name)
def test_each_process_is_the_same_in_both(compose: dict[str, Any], process: Any) -> None:
    assert tuple(compose["services"][process.name]["command"]) == process.command


def test_no_process_is_missing_or_extra(compose: dict[str, Any]) -> None:
    around = {"postgres", "valkey", "prepare"}
    assert set(compose["services"]) == around | {process.name for process in OURS}


def test_every_lasting_service_has_a_health_check_and_a_volume(compose: dict[str, Any]) -> None:
    for name, service in compose["services"].items():
        assert service["volumes"], name
        assert name == "prepare" or service["healthcheck"]["test"], name


def test_application_services_share_their_settings(compose: dict[str, Any]) -> None:
    shared = compose["x-payback"]["environment"]
    for process in OURS:
        given = compose["services"][process.name]["environment"]
        assert shared.items() <= given.items(), process.name


def test_mounted_volumes_are_declared(compose: dict[str, Any]) -> None:
    mounted = {
        mount.split(":")[0] for service in compose["services"].values() for mount in service["volumes"]
    }
    assert mounted == set(compose["volumes"])


def test_image_starts_the_web_server_as_somebody_who_is_not_root() -> None:
    dockerfile = (ROOT / "Dockerfile").read_text()
    last_stage = dockerfile[dockerfile.rindex("\nFROM ") :]
    command = json.loads(re.search(r"^CMD (\[.*\])$", last_stage, re.M).group(1))  # type: ignore[union-attr]
    assert tuple(command) == OURS[0].command
    assert re.search(r"^USER (?!root|0)\w+$", last_stage, re.M)
    assert not re.search(r"\b(gcc|build-essential|apt-get)\b", last_stage)
