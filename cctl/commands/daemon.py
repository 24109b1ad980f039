"""`cctl daemon start | stop | status`: the daemon itself."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from cctl.daemon import answers, find, start_daemon, stop_daemon
from cctl.failure import NOT_RUNNING, OK
from cctl.screen import BAD, GOOD, IDLE, Mark, seconds_in_words
from cctl.wire import Api

if TYPE_CHECKING:
    from cctl.main import Context


def act(context: Context) -> int:
    actions = {"start": _start, "stop": _stop, "status": _status}
    return actions[context.given.action](context)


def arguments_of(given: Any) -> list[str]:
    """What the daemon itself is given of these flags."""
    config = ["--config", os.path.abspath(os.path.expanduser(given.config))] if given.config else []
    return [*config, *(["--port", given.port] if given.port else [])]


def _start(context: Context) -> int:
    found = find(context.settings)
    fresh = found is None
    if found is None:
        found = start_daemon(context.settings, arguments_of(context.given))
    words = "Control Center runs" if fresh else "Control Center already runs"
    _tell(context, GOOD, f"{words}: {found.address}/ui/ (pid {found.pid})", pid=found.pid, address=found.address)
    return OK


def _stop(context: Context) -> int:
    stopped = stop_daemon(context.settings, context.given.timeout)
    words = f"Control Center has stopped (pid {stopped.pid})." if stopped else "Control Center does not run."
    _tell(context, IDLE, words, pid=None, address=None)
    return OK


def _status(context: Context) -> int:
    found = find(context.settings)
    if found is None:
        words = f"Control Center does not run on {context.settings.data_dir}."
        _tell(context, IDLE, words, pid=None, address=None)
        return NOT_RUNNING
    if not answers(context.settings, found):
        words = f"Control Center (pid {found.pid}) does not answer at {found.address}. It may be starting; see app.log."
        _tell(context, BAD, words, pid=found.pid, address=found.address)
        return NOT_RUNNING
    health = Api(found.address, context.settings.token).get("/health")
    words = (
        f"Control Center {health['version']} runs: {found.address}/ui/ (pid {found.pid}, since "
        f"{seconds_in_words(health['uptime_seconds'])}, database {health['database']})"
    )
    _tell(context, GOOD, words, pid=found.pid, address=found.address)
    return OK


def _tell(context: Context, mark: Mark, words: str, **facts: Any) -> None:
    screen = context.screen
    if screen.as_json:
        screen.json({"running": mark is GOOD, **facts, "data_dir": context.settings.data_dir})
    else:
        screen.line(f"{screen.mark(mark)} {words}")
