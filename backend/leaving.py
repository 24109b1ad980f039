"""How the daemon is asked to end: by signals, by the console that closes, by a request."""

from __future__ import annotations

import asyncio
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial

from backend.services.processes.console import on_console_close

CONSOLE_GRACE = 3.0  # seconds for stopping when Windows closes the console and gives five in all


class Leaving:
    """Once in good order, a second time without grace. `asked` is set from the first time on, `hurries` are called from
    the second on."""

    def __init__(self) -> None:
        self.asked = asyncio.Event()
        self.hurries: list[Callable[[], None]] = []
        self.grace_cap: float | None = None

    def ask(self) -> None:
        if self.asked.is_set():
            for hurry in self.hurries:
                hurry()
        self.asked.set()

    def ask_for_console(self) -> None:
        """The console closes: Windows leaves little time, and the keeper finishes what is not done by then."""
        self.grace_cap = CONSOLE_GRACE
        self.ask()

    @contextmanager
    def on_signals(self) -> Iterator[None]:
        loop = asyncio.get_running_loop()
        names = ["SIGINT", "SIGTERM", "SIGBREAK" if sys.platform == "win32" else "SIGHUP"]
        numbers = [signal.Signals[name] for name in names]
        before = {number: signal.signal(number, lambda *_: loop.call_soon_threadsafe(self.ask)) for number in numbers}
        try:
            with on_console_close(partial(loop.call_soon_threadsafe, self.ask_for_console)):
                yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)
