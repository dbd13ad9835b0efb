"""A Postgres of the test run: Debian's programs, a cluster in a temporary directory, a port of its own."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

import attrs

PASSWORD = "canary-of-the-password"


def programs() -> Path | None:
    """The newest ``/usr/lib/postgresql/*/bin``, or where ``initdb`` is on the path."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda each: int(each.parts[-3]))
    on_path = shutil.which("initdb")
    return found[-1].parent if found else Path(on_path).parent if on_path else None


@attrs.frozen
class Server:
    """A running cluster; its superuser is ``postgres``, its only database too."""

    folder: Path
    port: int

    def dsn(self, user: str = "postgres", port: int | None = None, host: str = "127.0.0.1") -> str:
        return f"host={host} port={port or self.port} user={user} password={PASSWORD} dbname=postgres connect_timeout=5"

    def connect(self, driver: str = "psycopg", **more: Any) -> Any:
        """A new connection."""
        if driver == "psycopg2":
            import psycopg2

            return psycopg2.connect(self.dsn(**more))
        import psycopg

        return psycopg.connect(self.dsn(**more))

    def sql(self, text: str, values: Any = None) -> list[tuple[Any, ...]]:
        """Runs a statement of the test as superuser."""
        with self.connect() as connection:
            cursor = connection.execute(text, values)
            return cursor.fetchall() if cursor.description else []

    def new_schema(self) -> str:
        return f"linetap_{uuid4().hex[:12]}"


@contextmanager
def running() -> Iterator[Server]:
    """Makes a cluster, starts it, and removes it at the end."""
    found = programs()
    assert found is not None
    folder = Path(tempfile.mkdtemp(prefix="linetap-pg-"))
    try:
        (folder / "password").write_text(PASSWORD)
        _own(folder)
        options = ["-A", "scram-sha-256", f"--pwfile={folder / 'password'}", "-U", "postgres", "-E", "UTF8"]
        _run(folder, found / "initdb", "-D", folder / "data", *options, "--locale=C.UTF-8", "--no-sync")
        port = _free_port()
        settings = f"-p {port} -k {folder} -c listen_addresses=127.0.0.1 -c max_connections=200 -c fsync=off -c jit=off"
        log, control = folder / "log", found / "pg_ctl"
        _run(folder, control, "-D", folder / "data", "-l", log, "-w", "-t", "60", "-o", settings, "start")
        try:
            yield Server(folder, port)
        finally:
            _run(folder, control, "-D", folder / "data", "-m", "immediate", "-w", "stop")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _as_user() -> list[str]:
    """Postgres must not run as root."""
    if os.geteuid() != 0:
        return []
    return ["runuser", "-u", "postgres", "--"]


def _own(folder: Path) -> None:
    if os.geteuid() == 0:
        folder.chmod(0o755)
        shutil.chown(folder, "postgres")
        shutil.chown(folder / "password", "postgres")


def _run(folder: Path, *command: object) -> None:
    env = {name: value for name, value in os.environ.items() if not name.startswith("PG")}
    done = subprocess.run(
        [*_as_user(), *map(str, command)], cwd=folder, env=env, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])
