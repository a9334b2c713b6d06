"""The whole portal on this machine, with invented people: `make demo` runs `python -m portal.demo`.

Postgres (the embedded one, unless DATABASE_URL names another), tables, reference and demo data, gunicorn and
the worker; Ctrl-C stops all of it. The environment picks: PORT (8000), HOST (127.0.0.1; the demo's passwords
are known to everybody, so other machines are not let in unasked), PUBLIC_URL, ALLOWED_HOSTS.

`python -m portal.demo manage …` runs one of Django's commands on the same database with the same keys;
`python -m portal.demo otp NAME` prints the second factor of a demo account.
"""

import base64
import contextlib
import ctypes
import fcntl
import hashlib
import http.client
import io
import os
import secrets
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

from portal import devdb

CHECKOUT = Path(__file__).resolve().parent.parent
LOCAL = CHECKOUT / ".local"
PYTHON = [sys.executable, "-X", "utf8"]
MANAGE = [*PYTHON, "manage.py"]
# Without its control socket, which it would put into the home folder.
GUNICORN = [*PYTHON, "-m", "gunicorn", "portal.wsgi", "--worker-class=gthread", "--workers=2", "--threads=4",
            "--no-control-socket", "--log-level=warning"]  # fmt: skip
WORKER = [*MANAGE, "procrastinate", "worker"]
READY_WITHIN = 90  # seconds from the start of the server until /healthz finds database and worker well


def serve() -> None:
    """Prepares the database, serves until a signal or the end of a child, and stops everything."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        if number == signal.SIGINT or signal.getsignal(number) != signal.SIG_IGN:  # nohup stays nohup
            signal.signal(number, _leave)
    with _listener() as listener, contextlib.ExitStack() as stack:
        owner, server = stack.enter_context(_environments(listener.getsockname()[1]))
        stack.callback(_hold_signals)  # runs before Postgres is left: nothing interrupts the cleaning up
        print("Preparing the database …", flush=True)
        accounts = _prepared(owner)
        children = {
            "The web server": _child(
                [*GUNICORN, f"--bind=fd://{listener.fileno()}"], server, pass_fds=[listener.fileno()]
            ),
            "The worker": _child(WORKER, server),
        }
        stack.callback(_stop, list(children.values()))
        _wait_until_healthy(listener, urlsplit(server["PUBLIC_URL"]).netloc, children)
        print(f"\nThe portal is at {server['PUBLIC_URL']}   (Ctrl-C stops it)\n\n{accounts}", flush=True)
        _watch(children)


def manage(arguments: list[str]) -> int:
    """Runs manage.py as the owner of the demo's database; returns its exit code."""
    with _environments(_port()) as (owner, _):
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is meant for the command
        restore = lambda: signal.signal(signal.SIGINT, signal.SIG_DFL)  # noqa: E731
        return subprocess.call([*MANAGE, *arguments], env=owner, cwd=CHECKOUT, preexec_fn=restore)


def prepare() -> None:
    """Tables, data, rights and static files, each safe to repeat; prints what load_demo says to stdout."""
    import django
    from django.core.management import call_command

    django.setup()
    accounts = io.StringIO()
    with open(LOCAL / "demo.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # a second demo on the same database waits
        call_command("migrate", interactive=False, verbosity=0, skip_checks=True)
        call_command("load_reference", verbosity=0)
        call_command("load_demo", stdout=accounts)
        call_command("grant", verbosity=0)
        _collect_static()
    print(accounts.getvalue(), end="")


def _collect_static() -> None:
    """Hashed and compressed files, where one has changed: it takes ten seconds."""
    from django.conf import settings
    from django.contrib.staticfiles.finders import get_finders
    from django.core.management import call_command

    found = sorted(
        f"{path} {storage.size(path)} {storage.get_modified_time(path)}"
        for finder in get_finders()
        for path, storage in finder.list(None)
    )
    seen, stamp = hashlib.sha256("\n".join(found).encode()).hexdigest(), LOCAL / "static"
    manifest = Path(settings.STATIC_ROOT, "staticfiles.json")
    if not (manifest.exists() and stamp.exists() and stamp.read_text() == seen):
        call_command("collectstatic", interactive=False, verbosity=0)
        stamp.write_text(seen)


# --- environment -------------------------------------------------------------------------------------------


@contextlib.contextmanager
def _environments(port: int) -> Iterator[tuple[dict, dict]]:
    """The environments of the owner's commands and of the server, while Postgres runs."""
    common = {
        **{name: value for name, value in os.environ.items() if name not in {"DEBUG", "PLAIN_STATIC"}},
        "PUBLIC_URL": os.environ.get("PUBLIC_URL") or f"http://localhost:{port}",
        "ALLOWED_HOSTS": os.environ.get("ALLOWED_HOSTS")
        or f"localhost,127.0.0.1,{os.environ.get('HOST', '')},{socket.gethostname().lower()}",
        "DJANGO_SETTINGS_MODULE": "portal.settings",
        "DEMO": "1",
        **_keys(LOCAL / "demo.env"),
    }
    if os.environ.get("DATABASE_URL"):
        yield common, common
        return
    with devdb.running("demo") as cluster:
        yield {**common, "DATABASE_URL": cluster.owner_url}, {**common, "DATABASE_URL": cluster.app_url}


def _keys(path: Path) -> dict[str, str]:
    """The demo's own keys, made once; only this user may read them."""
    LOCAL.mkdir(exist_ok=True)
    made = {
        "SECRET_KEY": secrets.token_urlsafe(50),
        "FIELD_KEYS": "k1:" + base64.b64encode(secrets.token_bytes(32)).decode(),
        "BLIND_INDEX_KEY": base64.b64encode(secrets.token_bytes(32)).decode(),
    }
    own = path.with_name(f"{path.name}.{os.getpid()}")
    own.touch(mode=0o600)
    own.write_text("".join(f"{name}={value}\n" for name, value in made.items()))
    with contextlib.suppress(FileExistsError):
        os.link(own, path)  # whole or not at all, and never over keys that already encrypt something
    own.unlink()
    return dict(line.split("=", 1) for line in path.read_text().splitlines())


def _port() -> int:
    value = os.environ.get("PORT") or "8000"
    if not value.isdecimal() or not 0 < int(value) < 65536:
        raise SystemExit(f"PORT must be a number from 1 to 65535, not “{value}”.")
    return int(value)


def _listener() -> socket.socket:
    """The demo's socket, taken at once, so that a second start on the same port hears so immediately."""
    host, port = os.environ.get("HOST") or "127.0.0.1", _port()
    try:
        return socket.create_server((host, port), backlog=512)
    except OSError as error:
        raise SystemExit(
            f"Port {port} cannot be used on {host} ({os.strerror(error.errno)}): "
            f"stop what runs there or choose another port, like PORT={port + 1} make demo."
        ) from None


# --- processes ---------------------------------------------------------------------------------------------


def _child(command: list[str], environment: dict, **options) -> subprocess.Popen:
    """A child in a process group of its own (Ctrl-C reaches only us), told to end when we die."""
    libc = ctypes.CDLL(None)
    die_with_parent = getattr(libc, "prctl", lambda *_: None)  # Linux: PR_SET_PDEATHSIG is 1
    return subprocess.Popen(
        command, env=environment, cwd=CHECKOUT, stdin=subprocess.DEVNULL, start_new_session=True,
        preexec_fn=lambda: die_with_parent(1, signal.SIGTERM), **options,
    )  # fmt: skip


def _prepared(environment: dict) -> str:
    """Runs `prepare` as the owner; returns the accounts it printed."""
    with _child([*PYTHON, "-m", "portal.demo", "prepare"], environment, stdout=subprocess.PIPE) as child:
        try:
            accounts = child.communicate()[0].decode()
        except BaseException:
            child.kill()
            raise
    if child.returncode:
        raise SystemExit("The database could not be prepared; the reason stands above.")
    return accounts


def _wait_until_healthy(listener: socket.socket, host: str, children: dict[str, subprocess.Popen]) -> None:
    deadline, answer = time.monotonic() + READY_WITHIN, "nothing"
    while time.monotonic() < deadline:
        _check(children)
        connection = http.client.HTTPConnection(*listener.getsockname()[:2], timeout=10)
        with contextlib.suppress(OSError, http.client.HTTPException), contextlib.closing(connection):
            connection.request("GET", "/healthz", headers={"Host": host})
            response = connection.getresponse()
            answer = f"{response.status} {response.read(500).decode(errors='replace')}"
            if response.status < 400 and "silent" not in answer:  # behind TLS it redirects to https
                return
        time.sleep(0.3)
    raise SystemExit(f"The portal does not come up: /healthz answers {answer}.")


def _watch(children: dict[str, subprocess.Popen]) -> None:
    while True:
        _check(children)
        time.sleep(0.5)


def _check(children: dict[str, subprocess.Popen]) -> None:
    for name, child in children.items():
        if child.poll() is not None:
            raise SystemExit(f"{name} ended by itself (code {child.returncode}); the demo stops.")


def _stop(children: list[subprocess.Popen]) -> None:
    """Asks the children to end, and after ten seconds makes them."""
    _hold_signals()
    for child in children:
        child.terminate()
    deadline = time.monotonic() + 10
    for child in children:
        with contextlib.suppress(subprocess.TimeoutExpired):
            child.wait(max(0.1, deadline - time.monotonic()))
        with contextlib.suppress(ProcessLookupError):
            os.killpg(child.pid, signal.SIGKILL)
        child.wait()


def _hold_signals() -> None:
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)


def _leave(*_) -> None:
    raise SystemExit(0)


def main(arguments: list[str]) -> None:
    """Dispatches the command line; exits with the code of what it ran."""
    match arguments:
        case []:
            serve()
        case ["prepare"]:
            prepare()
        case ["manage", *rest]:
            sys.exit(manage(rest))
        case ["otp", name]:
            sys.exit(manage(["otp", name]))
        case _:
            sys.exit("Usage: python -m portal.demo [otp NAME | manage …]")


if __name__ == "__main__":
    main(sys.argv[1:])
