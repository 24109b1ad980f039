"""`python -m backend`: arguments → settings → serve. Says where the dashboard is, and why when it cannot start."""

# ruff: noqa: E402  # collecting garbage is put off before anything large is imported

from __future__ import annotations

import asyncio
import gc
import logging
import os
import socket
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

COLLECTIONS = gc.get_threshold()
SWITCHES = sys.getswitchinterval()
if __name__ == "__main__":  # what is imported stays: looking for garbage in it takes a fifth of the start
    gc.set_threshold(50_000)

from backend import running
from backend.arguments import ALREADY_RUNNING, BAD_SETTINGS, FAILED, OK, Invocation, parse
from backend.config import Settings, SettingsError
from backend.core.secrets import Secrets
from backend.services.processes.keeper_start import start_if_none
from keeper.protocol import Claim, Held

if TYPE_CHECKING:
    from backend.center import Center
    from backend.serving import Server

log = logging.getLogger("backend")


class CannotListen(Exception):
    """The address cannot be had; the text says by whom it is taken, and what to do."""


def main(argv: Sequence[str]) -> int:
    try:
        invocation = parse(argv)
        invocation.settings.data_dir.mkdir(parents=True, exist_ok=True)
    except SettingsError as error:
        return _complain(str(error), BAD_SETTINGS)
    except OSError as error:
        return _complain(f"The data folder cannot be made: {error}. Give another with --data-dir.", BAD_SETTINGS)
    try:
        claim = Claim(invocation.settings.data_dir / running.LOCK)
    except Held as held:
        return _already_running(invocation, held)
    except OSError as error:
        return _complain(
            f"The data folder {invocation.settings.data_dir} cannot be written ({error.strerror}). Make it writable, "
            "or give another with --data-dir.",
            BAD_SETTINGS,
        )
    sys.setswitchinterval(0.0005)  # seconds: the thread that imports keeps services that start waiting for no longer
    try:
        return _run(invocation, claim)
    finally:
        claim.release()


def _already_running(invocation: Invocation, held: Held) -> int:
    found = running.answering(invocation.settings.data_dir, seconds=15 if invocation.join else 2)  # it may be starting
    if found is not None and invocation.join:
        running.join(found, invocation)
        return OK
    words = held.words
    where = f", {words['address']}" if "address" in words else ""
    return _complain(
        f"Control Center already runs on {invocation.settings.data_dir} (pid {words.get('pid', 'unknown')}{where}). "
        "Stop it first, or give this one a folder of its own with --data-dir.",
        ALREADY_RUNNING,
    )


def _run(invocation: Invocation, claim: Claim) -> int:
    from backend.logbook import open_logbook  # after the claim: a second daemon writes no log

    settings = invocation.settings
    secrets = Secrets(settings.secrets)
    try:
        listener = _listen(settings)
        with listener, open_logbook(settings, secrets):
            host, port = listener.getsockname()[:2]
            address = f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
            claim.write({"pid": os.getpid(), "address": address})
            for warning in invocation.warnings:
                log.warning("%s", warning)
            try:
                return asyncio.run(_serve(invocation, listener, address, secrets))
            except Exception:
                log.critical("Control Center fails", exc_info=True)  # by this way, for it strikes out secrets
                return FAILED
    except (SettingsError, CannotListen) as error:
        return _complain(str(error), BAD_SETTINGS if isinstance(error, SettingsError) else FAILED)


async def _serve(invocation: Invocation, listener: socket.socket, address: str, secrets: Secrets) -> int:
    keeper = start_if_none(invocation.settings.data_dir)  # it gets ready during the imports
    from backend.app import open_center
    from backend.core.errors import CenterError
    from backend.database.engine import DatabaseUnusable
    from backend.leaving import Leaving

    async def on_ready() -> None:
        gc.freeze()  # what was loaded stays: no collection need look at it again, which would take tens of milliseconds
        gc.set_threshold(*COLLECTIONS)
        sys.setswitchinterval(SWITCHES)
        _say(f"Control Center runs: {address}/ui/\nTo stop it press Ctrl+C here.")
        log.info("ready at %s, data in %s", address, invocation.settings.data_dir)
        if invocation.open_browser:
            import webbrowser

            await asyncio.to_thread(webbrowser.open, running.entry_address(address, invocation.settings))

    leaving = Leaving()
    try:
        async with open_center(
            invocation.settings,
            warnings=invocation.warnings,
            pid=os.getpid(),
            keeper_started=keeper,
            secrets=secrets,
            address=address,
            leaving=leaving,
        ) as center:
            server = await asyncio.to_thread(_server, center)  # services start meanwhile
            from backend.serving import serve

            await serve(center, server, listener, on_ready, leaving)
    except (CenterError, DatabaseUnusable) as error:
        log.info("cannot start: %s", error)
        return _complain(str(error), FAILED)
    _say("Control Center has stopped.")
    return OK


def _server(center: Center) -> Server:
    """Importing all that speaks HTTP takes about as long as the rest of the start. Blocking."""
    from backend.api.application import create_app
    from backend.serving import server_for

    app = create_app(center.settings)
    app.state.center = center
    server = server_for(app, center.journal.tell)
    server.config.load()
    return server


def _listen(settings: Settings) -> socket.socket:
    """Raises `CannotListen`."""
    host = "127.0.0.1" if settings.host.lower() == "localhost" else settings.host
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # asyncio turns delaying of small writes off only where the protocol is named; with it, answers wait 40 ms
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        if sys.platform == "win32":  # there, reuse would let two programs share the port
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_EXCLUSIVEADDRUSE, 1)
        else:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, settings.port))
        listener.listen(2048)
    except OSError as error:
        listener.close()
        raise CannotListen(asyncio.run(_why(host, settings.port, error))) from error
    listener.setblocking(False)
    return listener


async def _why(host: str, port: int, error: OSError) -> str:
    from backend.services.ports import PortReader

    report = await PortReader().look(port)
    detail = f"{host}:{port} cannot be used: {error.strerror}." if report.state == "free" else report.detail
    return f"{detail}\nStop that program, or give Control Center another port: --port {port + 1} (or PORT in .env)."


def _say(words: str) -> None:
    try:
        sys.stdout.write(words + "\n")
        sys.stdout.flush()
    except OSError:  # nobody reads it any more, which is no reason to end
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _complain(words: str, code: int) -> int:
    sys.stderr.write(words + "\n")
    return code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
