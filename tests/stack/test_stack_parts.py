"""The parts of the embedded stack, one promise each."""

import os
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import psycopg2
import pytest

from aiops.stack import children, environment, folders, supervisor
from aiops.stack.errors import StackError
from aiops.stack.postgres import Postgres
from aiops.stack.processes import Process
from aiops.stack.supervisor import Supervisor
from aiops.stack.valkey import Valkey

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def home() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="payback-part-") as folder:
        yield Path(folder) / "var"


def ask(server: Postgres, sql: str) -> list[tuple[object, ...]]:
    with closing(psycopg2.connect(server.url)) as connection, connection, connection.cursor() as cursor:
        cursor.execute(sql)
        return cursor.fetchall() if cursor.description else []


# -- folders


def test_long_path_moves_the_sockets_to_a_short_folder_that_goes_away(tmp_path: Path) -> None:
    deep = tmp_path / ("a" * 60) / ("b" * 60)
    server = Valkey(folders.private(deep), safe=False)
    assert len(str(server.socket_path)) < folders.LONGEST_SOCKET_PATH
    server.start()
    assert server.sockets.stat().st_mode & 0o777 == 0o700
    server.stop()
    assert not server.sockets.exists()


def test_lock_is_refused_while_held_and_free_afterwards(home: Path) -> None:
    with folders.lock(home), pytest.raises(StackError, match="already running"):
        folders.lock(home)
    folders.lock(home).close()


# -- keys and Python


def test_keys_are_made_once_and_private(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PAYBACK_SECRET_KEY", raising=False)
    environment.make_keys(home)
    first = (home / "secret_key").read_text()
    environment.make_keys(home)
    assert (home / "secret_key").read_text() == first
    assert {path.stat().st_mode & 0o777 for path in home.iterdir()} == {0o600}


def test_key_of_the_environment_is_not_written_down(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PAYBACK_SECRET_KEY", "given")
    environment.make_keys(home)
    assert not (home / "secret_key").exists()


def test_unsupported_python_gets_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    newer = type("Version", (tuple,), {"major": 3, "minor": 14})((3, 14, 0))
    monkeypatch.setattr(environment.sys, "version_info", newer)
    with pytest.raises(StackError, match=r"3\.11, 3\.12 or 3\.13, not on 3\.14"):
        environment.check_python()


@pytest.mark.parametrize(
    ("says", "sentence"),
    [
        ("exit 1", "Payback needs Python 3.11, 3.12 or 3.13"),
        (
            'case "$2" in *ensurepip*) exit 1;; *"print("*) echo 3.12;; esac',
            "apt-get install python3.12-venv",
        ),
    ],
)
def test_missing_prerequisite_of_make_run_gets_a_sentence(tmp_path: Path, says: str, sentence: str) -> None:
    for name in ("python3.13", "python3.12", "python3.11", "python3", "python"):
        fake = tmp_path / name
        fake.write_text(f"#!/bin/sh\n{says}\n")
        fake.chmod(0o755)
    done = subprocess.run(
        ["sh", ".ci/venv", "run", str(tmp_path / "venv")],
        cwd=ROOT,
        env={"PATH": f"{tmp_path}:/usr/bin:/bin"},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 1
    assert sentence in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1


# -- PostgreSQL


def test_interrupted_initdb_is_done_again(home: Path) -> None:
    server = Postgres(folders.private(home), safe=False)
    folders.private(server.folder)
    (server.folder / "PG_VERSION").write_text("18\n")
    server.start()
    assert ask(server, "SELECT 1") == [(1,)]
    server.stop()


def test_pid_file_that_names_a_stranger_is_removed(home: Path) -> None:
    server = Postgres(folders.private(home), safe=False)
    server.start()
    server.stop()
    stranger = subprocess.Popen(["sleep", "60"])
    try:
        (server.folder / "postmaster.pid").write_text(
            f"{stranger.pid}\n{server.folder}\n0\n5432\n\n\n\nready\n"
        )
        again = Postgres(home, safe=False)
        again.start()
        assert ask(again, "SELECT 1") == [(1,)]
        assert stranger.poll() is None
        again.stop()
    finally:
        stranger.kill()
        stranger.wait()


def test_data_of_an_older_major_are_brought_over(home: Path) -> None:
    old = Postgres(folders.private(home), safe=False, major=16)
    old.start()
    ask(old, "CREATE TABLE kept AS SELECT 'é' AS letter")
    old.stop()
    new = Postgres(home, safe=False)
    new.start()
    try:
        assert ask(new, "SELECT letter FROM kept") == [("é",)]
        assert old.folder.exists()
        assert not list(home.glob("*.sql"))
    finally:
        new.stop()


def test_data_of_a_major_we_do_not_bring_are_never_hidden(home: Path) -> None:
    folders.private(home / "postgres-12")
    server = Postgres(home, safe=False)
    with pytest.raises(StackError, match="written by PostgreSQL 12"):
        server.start()
    assert server.child is None


@pytest.mark.skipif(os.geteuid() != 0, reason="only root has an account to give away")
def test_root_without_namespaces_hands_over_to_nobody(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(children, "can_unshare", lambda: False)
    home.parent.chmod(0o711)
    server = Postgres(folders.private(home), safe=False)
    try:
        server.start()
    except StackError as refusal:
        assert "DATABASE_URL" in str(refusal)
        pytest.skip(str(refusal))
    assert server.folder.stat().st_uid == children.nobody().pw_uid
    ask(server, "CREATE TABLE kept AS SELECT 1 AS n")
    server.stop()
    # Namespaces are allowed again: the folder comes back.
    monkeypatch.undo()
    again = Postgres(home, safe=False)
    again.start()
    assert ask(again, "SELECT n FROM kept") == [(1,)]
    again.stop()


# -- supervision


def test_restart_pause_doubles_up_to_half_a_minute(home: Path) -> None:
    said: list[str] = []
    one = Supervisor(folders.private(home), {}, 0, said.append)
    ended = subprocess.Popen(["true"], start_new_session=True)
    ended.wait()
    running = supervisor.Running(Process("web", ()), started=0.0)
    for _ in range(7):
        running.child = ended
        one._plan_restart(running, now=1.0)
    pauses = [sentence.rsplit(" ", 2)[1] for sentence in said]
    assert pauses == ["1", "2", "4", "8", "16", "30", "30"]


def test_steady_process_starts_again_at_once(home: Path) -> None:
    said: list[str] = []
    one = Supervisor(folders.private(home), {}, 0, said.append)
    ended = subprocess.Popen(["true"], start_new_session=True)
    ended.wait()
    running = supervisor.Running(Process("web", ()), child=ended, started=0.0, failures=6)
    one._plan_restart(running, now=supervisor.STEADY + 1)
    assert running.due == supervisor.STEADY + 2


@pytest.mark.skipif(not children.LINUX, reason="reads /proc")
def test_child_that_ignores_sigterm_is_killed_with_its_children() -> None:
    seconds = "61.25"
    script = f"trap '' TERM; sleep {seconds} & wait; sleep {seconds}"
    child = children.spawn(["sh", "-c", script], log=None, death_signal=signal.SIGKILL)
    time.sleep(0.2)
    children.stop(child, with_signal=signal.SIGTERM, patience=0.3)
    time.sleep(0.2)
    running = [children.command_of(int(path.name)) for path in Path("/proc").glob("[0-9]*")]
    assert not [command for command in running if command.startswith(f"sleep {seconds}")]


def test_given_servers_are_used_instead_of_embedded_ones(home: Path) -> None:
    env = {"DATABASE_URL": "postgresql://db/x", "REDIS_URL": "redis://broker/0"}
    one = Supervisor(folders.private(home), env, 0, print)
    one.start_servers()
    assert one.servers == []
    assert one.env == env
    one.stop()
