"""`cctl logs`: what services print. Following goes on where it was after the daemon was gone, by offsets."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from cctl.daemon import find
from cctl.failure import NOT_RUNNING, OK, UNKNOWN_SERVICE, Failure
from cctl.live import Ended, Socket
from cctl.screen import Screen
from cctl.services import listed, named
from cctl.wire import Api

if TYPE_CHECKING:
    from cctl.main import Context

LOOK_AGAIN = 0.2  # seconds between two looks for a daemon that has gone
COLORS = ("cyan", "yellow", "green", "magenta", "blue")


def act(context: Context) -> int:
    given, api = context.given, context.api()
    names = [service["id"] for service in named(listed(api), given.services)]
    printer = Printer(context.screen, names)
    if given.follow:
        _follow(context, api, names, printer)
    for name in names if given.lines else ():
        for line in api.get(f"/api/services/{name}/logs", lines=given.lines)["logs"]:
            printer.line(name, line)
    return OK


class Printer:
    """Lines with the service before them where there are several; one log alone appears exactly as it was written.
    `kind` is what the names are of."""

    def __init__(self, screen: Screen, names: Sequence[str], kind: str = "service") -> None:
        self._screen = screen
        self._kind = kind
        self._alone = len(names) == 1 and not screen.as_json
        width = max(map(len, names))
        self._prefixes = {
            name: screen.style(f"{name:<{width}} |", COLORS[at % len(COLORS)]) for at, name in enumerate(names)
        }
        self._unfinished: dict[str, str] = {}

    def line(self, name: str, line: str) -> None:
        if self._screen.as_json:
            self._screen.json({self._kind: name, "line": line}, indent=None)
        elif self._alone:
            self._screen.line(line)
        else:
            self._screen.line(f"{self._prefixes[name]} {line.rpartition(chr(13))[2]}")

    def block(self, name: str, text: str) -> None:
        """A stretch that may end within a line."""
        if self._alone:
            self._screen.raw(text.replace("\r\n", "\n"))
            return
        *lines, self._unfinished[name] = (self._unfinished.get(name, "") + text).split("\n")
        for line in lines:
            self.line(name, line.removesuffix("\r"))
        self._screen.flush()

    def finish(self, name: str) -> None:
        """Nothing comes any more; what has no end yet is a line."""
        if rest := self._unfinished.pop(name, ""):
            self.line(name, rest)
            self._screen.flush()

    def gap(self, name: str, size: int) -> None:
        self._unfinished.pop(name, None)
        self._screen.note(f"cctl: {size} bytes of {name} were rotated away before they could be shown")


def _follow(context: Context, api: Api, names: Sequence[str], printer: Printer) -> None:
    """Ends by Ctrl+C only, or by a `Failure` before the first line."""
    places: dict[str, int] = {}
    begun = False
    while True:
        try:
            with Socket(api, "/api/logs/ws") as socket:
                begun = True
                for name in names:
                    start = {"from": places[name]} if name in places else {"lines": context.given.lines}
                    socket.send({"op": "follow", "log": f"service:{name}", **start})
                for message in socket.messages():
                    _take(message, places, printer)
        except Ended:
            pass
        except Failure as failure:
            if failure.code != NOT_RUNNING or not begun:
                raise
        api = come_back(context)


def come_back(context: Context) -> Api:
    """Waits for a daemon that has gone, wherever it listens then."""
    time.sleep(LOOK_AGAIN)
    while (found := find(context.settings)) is None:
        time.sleep(LOOK_AGAIN)
    return Api(found.address, context.settings.token)


def _take(message: dict[str, Any], places: dict[str, int], printer: Printer) -> None:
    name = str(message.get("log", "")).partition(":")[2]
    if message["type"] == "block":
        printer.block(name, message["text"])
        places[name] = message["end"]
    elif message["type"] == "gap":
        printer.gap(name, message["end"] - message["start"])
    elif message["type"] == "refused":
        raise Failure(UNKNOWN_SERVICE, message["detail"])
