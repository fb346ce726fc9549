"""A real PostgreSQL for one run: a cluster in a scratch directory, gone again at the end.

    python -m tests.postgres -- pytest tests/journal     runs a command with DATABASE_URL set
    python -m tests.postgres --find                      says which server it would use

    with postgres() as database_url: ...                 the same in Python

It listens on loopback (password, scram) and on a socket that only its owner can reach. It keeps fsync on,
because the journal's promises are about what a crash leaves behind. PostgreSQL refuses to run as root, so
root hands it to an unprivileged account.
"""

from __future__ import annotations

import contextlib
import os
import pwd
import re
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NoReturn

ROLE = "milenari"
START_SECONDS = 60
STOP_SECONDS = 30


class NoServer(Exception):
    """No PostgreSQL server could be found or started; the message says what to do."""


def find() -> Path:
    """The folder with the newest installed `initdb` and `postgres`."""
    folders = []
    if pg_config := shutil.which("pg_config"):
        asked = subprocess.run([pg_config, "--bindir"], capture_output=True, text=True, check=False)
        folders.append(Path(asked.stdout.strip()))
    versioned = Path("/usr/lib/postgresql").glob("*/bin")
    folders += sorted(versioned, key=lambda folder: int(re.sub(r"\D", "", folder.parent.name) or 0), reverse=True)
    folders += [Path(folder) for folder in os.get_exec_path()]
    for folder in folders:
        if all(os.access(folder / name, os.X_OK) for name in ("initdb", "postgres")):
            return folder
    raise NoServer(
        "No PostgreSQL server is installed here: neither pg_config, /usr/lib/postgresql nor the PATH leads "
        "to initdb and postgres. On Debian or Ubuntu: apt install postgresql"
    )


def account() -> dict[str, Any]:
    """For subprocess: who runs the server. Root steps down, anybody else stays who they are."""
    if os.geteuid() != 0:
        return {}
    for name in ("postgres", "nobody"):
        with contextlib.suppress(KeyError):
            person = pwd.getpwnam(name)
            return {"user": person.pw_uid, "group": person.pw_gid, "extra_groups": []}
    raise NoServer("PostgreSQL refuses to run as root and there is no account named postgres or nobody to run it.")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextlib.contextmanager
def postgres(**more: str) -> Iterator[str]:
    """Yields the DATABASE_URL of a fresh, empty database whose owner may create others; ``more`` are its settings."""
    binaries, owner = find(), account()
    with leaving_cleanly_when_terminated():
        scratch = Path(tempfile.mkdtemp(prefix="milenari-pg-"))
        server: subprocess.Popen[bytes] | None = None
        try:
            if owner:
                os.chown(scratch, owner["user"], owner["group"])
            password = secrets.token_urlsafe(24)
            make_cluster(binaries, scratch, password, owner)
            server, port = start(binaries, scratch, password, owner, more)
            yield f"postgres://{ROLE}:{password}@127.0.0.1:{port}/{ROLE}"
        finally:
            if server:
                stop(server)
            shutil.rmtree(scratch, ignore_errors=True)


def make_cluster(binaries: Path, scratch: Path, password: str, owner: dict[str, Any]) -> None:
    password_file = scratch / "password"
    password_file.touch(mode=0o600)
    password_file.write_text(password)
    if owner:
        os.chown(password_file, owner["user"], owner["group"])
    command: list[str | Path] = [binaries / "initdb", "-D", scratch / "cluster", "-U", ROLE]
    command += [f"--pwfile={password_file}", "--auth-local=scram-sha-256", "--auth-host=scram-sha-256"]
    command += ["--encoding=UTF8", "--no-locale"]
    made = subprocess.run(
        command,
        cwd=scratch,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
        **owner,
    )
    password_file.unlink()
    if made.returncode:
        raise NoServer(f"initdb failed:\n{made.stdout}")


def start(
    binaries: Path, scratch: Path, password: str, owner: dict[str, Any], more: dict[str, str]
) -> tuple[subprocess.Popen[bytes], int]:
    """Starts the server and waits until it answers; tries another port if somebody took the first."""
    log = scratch / "log"
    for _ in range(3):
        port = free_port()
        settings = {
            "port": port,
            "listen_addresses": "127.0.0.1",
            # Tests take back what they wrote: it would count the tables as empty, and make the planner read them whole.
            "autovacuum": "off",
            "unix_socket_directories": scratch if len(str(scratch)) < 80 else "",
            "unix_socket_permissions": "0700",
            "fsync": "on",
            "timezone": "UTC",
            **more,
        }
        command: list[str | Path] = [binaries / "postgres", "-D", scratch / "cluster"]
        for name, value in settings.items():
            command += ["-c", f"{name}={value}"]
        with log.open("wb") as lines:
            # Its own session: Ctrl-C goes to the tests, which still need the database to clean up.
            server = subprocess.Popen(
                command,
                cwd=scratch,
                stdin=subprocess.DEVNULL,
                stdout=lines,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                **owner,
            )
        try:
            if answers(server, port, password):
                return server, port
        except BaseException:
            stop(server)
            raise
        stop(server)
    raise NoServer(f"PostgreSQL did not start:\n{log.read_text(errors='replace')}")


def answers(server: subprocess.Popen[bytes], port: int, password: str) -> bool:
    """Creates the database: that it can is the proof that the server is ready."""
    import psycopg

    deadline = time.monotonic() + START_SECONDS
    while server.poll() is None and time.monotonic() < deadline:
        try:
            with psycopg.connect(
                host="127.0.0.1",
                port=port,
                user=ROLE,
                password=password,
                dbname="postgres",
                autocommit=True,
                connect_timeout=5,
            ) as connection:
                connection.execute(f"CREATE DATABASE {ROLE}")
                return True
        except psycopg.OperationalError:
            time.sleep(0.1)
    return False


def stop(server: subprocess.Popen[bytes]) -> None:
    """Fast shutdown first (open connections are closed), then immediate, then by force."""
    for how in (signal.SIGINT, signal.SIGQUIT, signal.SIGKILL):
        if server.poll() is not None:
            return
        server.send_signal(how)
        with contextlib.suppress(subprocess.TimeoutExpired):
            server.wait(STOP_SECONDS)


@contextlib.contextmanager
def leaving_cleanly_when_terminated() -> Iterator[None]:
    """SIGTERM becomes SystemExit, so that `finally` runs; another's handler is left alone."""
    in_main_thread = threading.current_thread() is threading.main_thread()
    if not in_main_thread or signal.getsignal(signal.SIGTERM) is not signal.SIG_DFL:
        yield
        return

    def leave(number: int, frame: object) -> NoReturn:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)  # once is enough; a second must not interrupt the cleaning up
        raise SystemExit(128 + number)

    signal.signal(signal.SIGTERM, leave)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)


def run(command: list[str], database_url: str) -> int:
    """Runs the command to its end; when we are told to stop, it is told first and may clean up."""
    child = subprocess.Popen(command, env={**os.environ, "DATABASE_URL": database_url})
    try:
        code = child.wait()
    except KeyboardInterrupt:  # the terminal sent it to the child as well
        code = child.wait()
    except SystemExit:
        child.terminate()
        try:
            child.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            child.kill()
        raise
    return 128 - code if code < 0 else code


def main(arguments: list[str]) -> int:
    try:
        if arguments == ["--find"]:
            folder = find()
            subprocess.run([folder / "postgres", "--version"], check=True)
            return 0
        command = arguments[1:] if arguments[:1] == ["--"] else []
        if not command:
            print("usage: python -m tests.postgres -- COMMAND...", file=sys.stderr)
            return 2
        if not shutil.which(command[0]):
            print(f"tests.postgres: no command named {command[0]}", file=sys.stderr)
            return 127
        with postgres() as database_url:
            return run(command, database_url)
    except NoServer as reason:
        print(f"tests.postgres: {reason}", file=sys.stderr)
        return 69  # EX_UNAVAILABLE


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
