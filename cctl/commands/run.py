"""`cctl run`: asks for a run, shows what it prints and ends as it ends. Ctrl+C asks what is to become of it."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from cctl.commands.logs import LOOK_AGAIN, Printer
from cctl.daemon import find
from cctl.failure import INTERRUPTED, NOT_RUNNING, NOT_WELL, OK, TIMED_OUT, UNKNOWN_SERVICE, Failure
from cctl.live import Ended, Socket
from cctl.modules import ask_for, missing_secrets, module_of, values, with_secrets
from cctl.screen import Screen, seconds_in_words
from cctl.terminal import ask
from cctl.wire import Api

if TYPE_CHECKING:
    from cctl.main import Context

LOOK_UP = 0.2  # seconds after which Ctrl+C is noticed
PATIENCE = 2.0  # seconds without a daemon until that is said
CANCEL_SECONDS = 120.0
QUESTION = "\ncctl: [c]ancel the run, [d]etach from it and let it run, or go on (Enter)? "

Run = dict[str, Any]
"""As of `GET /api/runs/{id}`."""


def act(context: Context) -> int:
    given, screen, api = context.given, context.screen, context.api()
    run = _start(api, given.runnable, given.words)
    if given.detach:
        _tell_detached(screen, run)
        return OK
    screen.note(f"cctl: {run['run_id']}")
    ended = _Follower(context, api, run["run_id"]).until_it_ends()
    return INTERRUPTED if ended is None else _tell_end(screen, ended)


def _start(api: Api, module_id: str, words: list[str]) -> Run:
    parameters = module_of(api, module_id)["parameters"]
    given = with_secrets(values(words, parameters), parameters, os.environ)
    try:
        return _submit(api, module_id, given)
    except Failure as refused:
        secrets = missing_secrets(refused, given, parameters)
        if not secrets:
            raise
        return _submit(api, module_id, given | {one["name"]: ask_for(one) for one in secrets})


def _submit(api: Api, module_id: str, parameters: dict[str, Any]) -> Run:
    asked = {"module_id": module_id, "parameters": parameters, "save_config": False}
    run: Run = api.ask("POST", "/api/runs", seconds=30, body=asked)
    return run


def _tell_detached(screen: Screen, run: Run) -> None:
    if screen.as_json:
        screen.json({"run_id": run["run_id"], "status": run["status"]})
    else:
        screen.line(run["run_id"])


class _Follower:
    """Shows the log of a run from its beginning, over whatever happens to the daemon."""

    def __init__(self, context: Context, api: Api, run_id: str) -> None:
        self._context = context
        self._api: Api | None = api
        self._run_id = run_id
        self._place = 0
        self._printer = Printer(context.screen, [run_id], kind="run")
        self._interrupted = False
        self._within_line = False
        self._told_why = False

    def until_it_ends(self) -> Run | None:
        """The run as it has ended; None when the person left it to itself."""
        while True:
            with self._noting_interrupts():
                ended = self._follow()
            if ended is not None:
                self._printer.finish(self._run_id)
                if self._within_line and not self._context.screen.as_json:
                    self._context.screen.note("")
                return ended
            if not self._go_on():
                self._context.screen.note(f"cctl: {self._run_id} runs on")
                return None

    @contextmanager
    def _noting_interrupts(self) -> Iterator[None]:
        """Ctrl+C comes in between two lines, not in the middle of one."""
        self._interrupted = False

        def note(*_: object) -> None:
            self._interrupted = True

        before = signal.signal(signal.SIGINT, note)
        try:
            yield
        finally:
            signal.signal(signal.SIGINT, before)

    def _follow(self) -> Run | None:
        """None when Ctrl+C came."""
        while not self._interrupted:
            if self._api is None and not self._come_back():
                return None
            assert self._api is not None
            try:
                if self._has_ended(self._api):
                    ended: Run = self._api.get(f"/api/runs/{self._run_id}")
                    return ended
                continue
            except Ended:
                pass
            except Failure as failure:
                if failure.code != NOT_RUNNING:
                    raise
            self._api = None
            time.sleep(LOOK_AGAIN)  # one that is ending takes connections, and closes them
        return None

    def _come_back(self) -> bool:
        """Waits for a daemon that has gone, wherever it listens then; False when Ctrl+C came."""
        settings = self._context.settings
        say_at = time.monotonic() + PATIENCE
        while (found := find(settings)) is None:
            if self._interrupted:
                return False
            if time.monotonic() > say_at:
                say_at = float("inf")
                self._context.screen.note("cctl: Control Center has ended; waiting for its next start (Ctrl+C leaves)")
            time.sleep(LOOK_AGAIN)
        self._api = Api(found.address, settings.token)
        return True

    def _has_ended(self, api: Api) -> bool:
        """Shows what the run prints until it has ended; False when Ctrl+C came before."""
        with Socket(api, "/api/logs/ws") as socket:
            socket.send({"op": "follow", "log": f"run:{self._run_id}", "from": self._place})
            while not self._interrupted:
                for message in socket.messages(until=time.monotonic() + LOOK_UP):
                    if message["type"] == "complete":
                        return True
                    self._show(message)
                    if self._interrupted:
                        break
                self._tell_why_not_yet(api)
        return False

    def _tell_why_not_yet(self, api: Api) -> None:
        """Once, when nothing has come so far."""
        if self._told_why or self._place:
            return
        self._told_why = True
        run: Run = api.get(f"/api/runs/{self._run_id}")
        if run["status"] == "queued":
            why = f"number {run['position']} in the queue: {run['waiting_for']}"
            self._context.screen.note(f"cctl: it waits, {why}")

    def _show(self, message: dict[str, Any]) -> None:
        if message["type"] == "block":
            self._printer.block(self._run_id, message["text"])
            self._place = message["end"]
            self._within_line = not message["text"].endswith("\n") if message["text"] else self._within_line
        elif message["type"] == "gap":
            self._printer.gap(self._run_id, message["end"] - message["start"])
        elif message["type"] == "refused":
            raise Failure(UNKNOWN_SERVICE, message["detail"])

    def _go_on(self) -> bool:
        """Asks; a second Ctrl+C, and a program that nobody can be asked at, leave the run alone."""
        try:
            answer = ask(QUESTION)
        except KeyboardInterrupt:
            return False
        if answer is None:
            return False
        if answer.strip().lower().startswith("c"):
            self._cancel()
            return True
        return not answer.strip()

    def _cancel(self) -> None:
        api = self._context.api()
        try:
            api.ask("DELETE", f"/api/runs/{self._run_id}", seconds=CANCEL_SECONDS + 15, timeout=CANCEL_SECONDS)
        except Failure as failure:
            if failure.problem is None or failure.problem.get("error_code") != "run_not_cancellable":
                raise


def _tell_end(screen: Screen, run: Run) -> int:
    """How it ended; the exit code for that."""
    code = _code(run)
    if screen.as_json:
        outcome = {name: run[name] for name in ("run_id", "status", "exit_code", "error_message", "duration_seconds")}
        screen.json(outcome, indent=None)
        return code
    words = f"{run['module_name']} {run['status'].replace('_', ' ')} after {seconds_in_words(run['duration'] or 0.0)}"
    why = "" if run["status"] == "completed" or not run["reason"] else f": {run['reason']}"
    screen.note(f"cctl: {words}{why}")
    return code


def _code(run: Run) -> int:
    if run["status"] == "completed":
        return OK
    if run["status"] == "cancelled":
        return INTERRUPTED
    if run["status"] == "timed_out":
        return TIMED_OUT
    if run["exit_signal"]:
        return 128 + int(run["exit_signal"])
    code = int(run["exit_code"] or NOT_WELL)
    return code if code < 1 << 31 else code - (1 << 32)  # the same 32 bits, as C has them
