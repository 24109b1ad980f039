"""`cctl run`: asks for a run, shows what it prints and ends as it ends. Ctrl+C asks what is to become of it."""

from __future__ import annotations

import signal
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from cctl.commands.logs import LOOK_AGAIN, Printer
from cctl.daemon import find
from cctl.failure import INTERRUPTED, NOT_RUNNING, NOT_WELL, OK, TIMED_OUT, UNKNOWN_SERVICE, Failure
from cctl.live import Ended, Socket
from cctl.modules import module_of, values
from cctl.screen import Screen, seconds_in_words
from cctl.wire import Api

if TYPE_CHECKING:
    from cctl.main import Context

LOOK_UP = 0.2  # seconds after which Ctrl+C is noticed
CANCEL_SECONDS = 120.0
QUESTION = "\ncctl: [c]ancel the run, [d]etach from it and let it run, or go on (Enter)? "

Run = dict[str, Any]
"""As of `GET /api/runs/{id}`."""


def act(context: Context) -> int:
    given, screen, api = context.given, context.screen, context.api()
    module = module_of(api, given.runnable)
    asked = {"module_id": given.runnable, "parameters": values(given.words, module["parameters"]), "save_config": False}
    run: Run = api.ask("POST", "/api/runs", seconds=30, body=asked)
    if given.detach:
        _tell_detached(screen, run)
        return OK
    screen.note(f"cctl: {run['run_id']}")
    outcome = _Follower(context, api, run["run_id"]).until_it_ends()
    return INTERRUPTED if outcome is None else _end(context, run["run_id"])


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

    def until_it_ends(self) -> dict[str, Any] | None:
        """The last message of its log; None when the person left it to itself."""
        while True:
            with self._noting_interrupts():
                outcome = self._follow()
            if outcome is not None:
                self._printer.finish(self._run_id)
                if self._within_line and not self._context.screen.as_json:
                    self._context.screen.note("")
                return outcome
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

    def _follow(self) -> dict[str, Any] | None:
        """None when Ctrl+C came."""
        while not self._interrupted:
            if self._api is None and (found := find(self._context.settings)) is not None:
                self._api = Api(found.address, self._context.settings.token)
            if self._api is None:
                time.sleep(LOOK_AGAIN)
                continue
            try:
                if (outcome := self._listen(self._api)) is not None:
                    return outcome
            except Ended:
                self._api = None
            except Failure as failure:
                if failure.code != NOT_RUNNING:
                    raise
                self._api = None
                time.sleep(LOOK_AGAIN)
        return None

    def _listen(self, api: Api) -> dict[str, Any] | None:
        with Socket(api, "/api/logs/ws") as socket:
            socket.send({"op": "follow", "log": f"run:{self._run_id}", "from": self._place})
            while not self._interrupted:
                for message in socket.messages(until=time.monotonic() + LOOK_UP):
                    if message["type"] == "complete":
                        return dict(message)
                    self._show(message)
                    if self._interrupted:
                        break
                self._tell_why_not_yet(api)
        return None

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
        """Asks once; a second Ctrl+C, and a program that nobody can be asked at, leave the run alone."""
        if not sys.stdin.isatty():
            return False
        sys.stderr.write(QUESTION)
        sys.stderr.flush()
        try:
            answer = sys.stdin.readline()
        except KeyboardInterrupt:
            return False
        if answer.strip().lower().startswith("c"):
            self._cancel()
            return True
        return answer.strip() == "" and answer != ""

    def _cancel(self) -> None:
        api = self._context.api()
        try:
            api.ask("DELETE", f"/api/runs/{self._run_id}", seconds=CANCEL_SECONDS + 15, timeout=CANCEL_SECONDS)
        except Failure as failure:
            if failure.problem is None or failure.problem.get("error_code") != "run_not_cancellable":
                raise


def _end(context: Context, run_id: str) -> int:
    """Tells how it ended; the exit code for that."""
    run: Run = context.api().get(f"/api/runs/{run_id}")
    code, screen = _code(run), context.screen
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
    return int(run["exit_code"] or NOT_WELL)
