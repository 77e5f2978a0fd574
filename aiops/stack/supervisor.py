"""Start everything in order, keep it running, stop everything.

The data servers come first and stop last. A web server, worker or beat that ends is started again with a
growing pause; when a data server ends, all stop: what is left would only fail more slowly.
"""

import errno
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from aiops.stack import children, environment
from aiops.stack.errors import StackError
from aiops.stack.postgres import Postgres, open_log
from aiops.stack.processes import LOOPBACK, Process, processes
from aiops.stack.valkey import Valkey

POLL = 0.2
LONGEST_PAUSE = 30.0
# A process that ran this long was healthy: the next pause starts small again.
STEADY = 60.0
WEB_PATIENCE = 60.0

Say = Callable[[str], None]


@dataclass
class Running:
    """A process under supervision and its history of restarts."""

    process: Process
    child: subprocess.Popen[bytes] | None = None
    started: float = 0.0
    failures: int = 0
    due: float = field(default=0.0)


class Supervisor:
    """One `up`: embedded servers as needed, then the application's processes."""

    def __init__(self, home: Path, env: Mapping[str, str], port: int, say: Say) -> None:
        self.home = home
        self.env = dict(env)
        self.port = port
        self.say = say
        self.servers: list[Postgres | Valkey] = []
        self.running: list[Running] = []

    # -- data servers

    def start_servers(self) -> None:
        """Start the servers that the environment does not name, and publish their addresses."""
        embedded: dict[str, str] = {}
        for variable, server in (("DATABASE_URL", Postgres), ("REDIS_URL", Valkey)):
            if not self.env.get(variable):
                embedded[variable] = self._start_server(server)
        self.env.update(embedded)
        environment.publish(self.home, embedded)

    def _start_server(self, kind: type[Postgres] | type[Valkey]) -> str:
        server = kind(self.home)
        self.servers.append(server)
        server.start()
        return server.url

    def _dead_server(self) -> str | None:
        for server in self.servers:
            if server.child is None or server.child.poll() is not None:
                return type(server).__name__
        return None

    # -- one command to its end

    def manage(self, *arguments: str) -> None:
        """Run a manage.py command with the stack's environment; its output is the user's."""
        command = [sys.executable, str(environment.ROOT / "manage.py"), *arguments]
        child = children.spawn(
            command, log=None, death_signal=signal.SIGKILL, env=self.env, cwd=environment.ROOT
        )
        try:
            if child.wait():
                raise StackError(f"`manage.py {arguments[0]}` failed; its reason stands above.")
        finally:
            children.stop(child, with_signal=signal.SIGTERM, patience=3)

    # -- the application

    def start_processes(self) -> None:
        self.running = [Running(process) for process in processes(f"{LOOPBACK}:{self.port}")]
        for one in self.running:
            self._launch(one)

    def _launch(self, one: Running) -> None:
        with open_log(self.home, one.process.name) as log:
            one.child = children.spawn(
                one.process.argv(),
                log=log,
                # Quick, because the servers they would tidy up with are dying too.
                death_signal=signal.SIGKILL,
                env=self.env,
                cwd=environment.ROOT,
            )
        one.started = time.monotonic()

    def wait_for_web(self) -> None:
        """Return when the web server answers."""
        deadline = time.monotonic() + WEB_PATIENCE
        while not answers(self.port):
            self.look()
            if time.monotonic() > deadline:
                raise StackError(f"The web server does not answer: see {self.home / 'log' / 'web.log'}.")
            time.sleep(POLL)

    def watch(self) -> None:
        """Keep everything running until a data server ends or somebody interrupts."""
        while True:
            self.look()
            time.sleep(POLL)

    def look(self) -> None:
        """One round: a dead data server ends everything, a dead process starts again after its pause."""
        dead = self._dead_server()
        if dead:
            raise StackError(
                f"{dead} ended by itself, so everything stopped: see {self.home / 'log'}, then start again."
            )
        for one in self.running:
            self._look_at(one)

    def _look_at(self, one: Running) -> None:
        now = time.monotonic()
        if one.child is None:
            if now >= one.due:
                self._launch(one)
        elif one.child.poll() is not None:
            self._plan_restart(one, now)

    def _plan_restart(self, one: Running, now: float) -> None:
        assert one.child is not None
        children.kill_session(one.child)
        one.failures = 1 if now - one.started > STEADY else one.failures + 1
        pause = min(LONGEST_PAUSE, 2.0 ** (one.failures - 1))
        self.say(f"{one.process.name} ended ({one.child.returncode}); starting it again in {pause:.0f} s.")
        one.child, one.due = None, now + pause

    # -- the end

    def stop(self) -> None:
        """Stop the application, then the servers, in the reverse order of their start."""
        left = [(one.child, one.process.patience) for one in self.running if one.child is not None]
        for child, _ in left:
            child.send_signal(signal.SIGTERM)
        for child, patience in left:
            # Asked already: a second signal would make a worker drop what it is finishing.
            children.stop(child, with_signal=0, patience=patience)
        for server in reversed(self.servers):
            server.stop()
        environment.withdraw(self.home)


def answers(port: int) -> bool:
    """Whether somebody listens on the loopback port."""
    with socket.socket() as line:
        line.settimeout(1)
        return line.connect_ex((LOOPBACK, port)) == 0


def require_port(port: int, patience: float = 3.0) -> None:
    """Refuse a port that stays taken; one that a killed stack is just letting go is waited for."""
    deadline = time.monotonic() + patience
    while problem := _why_not(port):
        if problem != errno.EADDRINUSE or time.monotonic() > deadline:
            raise StackError(_port_sentence(port, problem))
        time.sleep(0.1)


def _why_not(port: int) -> int:
    with socket.socket() as line:
        line.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            line.bind((LOOPBACK, port))
        except OSError as problem:
            return problem.errno or errno.EINVAL
    return 0


def _port_sentence(port: int, problem: int) -> str:
    if problem == errno.EACCES:
        return f"Port {port} needs root: choose one above 1023, for example `PORT=8001 make run`."
    return f"Port {port} is taken by another program: choose another, for example `PORT={port + 1} make run`."
