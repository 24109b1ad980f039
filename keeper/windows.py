"""Windows: job objects, console events, a named pipe, a thread for each thing that can only be waited for alone.

All threads put what they see into one queue, which `poll` empties: the table is touched by one thread only.
"""

from __future__ import annotations

import _winapi
import ctypes
import errno
import itertools
import os
import queue
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from typing import Any

assert sys.platform == "win32"

from keeper import windows_launch as launch
from keeper import windows_processes as processes
from keeper.host import Asked, Disconnected, Emptied, Exited, Grew, Happening
from keeper.logs import LogWriter
from keeper.protocol import Identity, LaunchSpec
from keeper.windows_api import INVALID_HANDLE, WaitCallback, kernel32
from keeper.windows_console import Console, interrupt
from keeper.windows_jobs import JobPort, in_a_job
from keeper.windows_output import OutputPipe, OutputReader
from keeper.windows_pipes import PipeServer

_WAIT_ONCE = 0x8
_INFINITE = 0xFFFF_FFFF
_KILL_AGAIN = 0.05  # seconds between looks at a tree that is being killed
_LOOK_AGAIN = 5.0  # seconds between looks at all trees: Windows does not promise to tell of every end
_LOOK_AGAIN_ALONE = 0.5  # the same for trees that no job holds
_DRAIN_PATIENCE = 2.0  # seconds until a pipe that outlives its tree is given up
_EVENTS = {
    "CTRL_C": signal.CTRL_C_EVENT,
    "SIGINT": signal.CTRL_C_EVENT,
    "CTRL_BREAK": signal.CTRL_BREAK_EVENT,
    "SIGBREAK": signal.CTRL_BREAK_EVENT,
    "SIGTERM": signal.CTRL_BREAK_EVENT,
    "SIGHUP": signal.CTRL_BREAK_EVENT,
    "SIGQUIT": signal.CTRL_BREAK_EVENT,
}


@dataclass(frozen=True)
class _RootEnded:
    key: int


@dataclass(frozen=True)
class _JobEmptied:
    key: int


@dataclass(frozen=True)
class _Wrote:
    key: int


@dataclass(frozen=True)
class _Drained:
    key: int


_News = _RootEnded | _JobEmptied | _Wrote | _Drained | Happening


@dataclass
class _Held:
    """What this host holds of one tree."""

    key: int
    tree: str
    root: launch.Root
    own_console: bool
    output: OutputReader | None = None
    wait: Any = field(default_factory=ctypes.c_void_p)
    told_growth: bool = False
    killing: bool = False
    exited: bool = False
    empty_since: float | None = None  # monotonic
    drained: bool = False
    ended: bool = False


class WindowsHost:
    def __init__(self) -> None:
        self._news: queue.SimpleQueue[_News] = queue.SimpleQueue()
        self._held: dict[str, _Held] = {}
        self._by_key: dict[int, _Held] = {}
        self._keys = itertools.count(1)
        self._looked = time.monotonic()
        self._boot = processes.boot_id()
        self._console = Console(lambda: self._news.put(Asked()))
        self._port = JobPort(lambda key: self._news.put(_JobEmptied(key)))
        self._root_ended = WaitCallback(lambda key, _: self._news.put(_RootEnded(key)))
        self._server: PipeServer | None = None

    # The daemon's side

    def listen(self, address: str) -> None:
        self._server = PipeServer(address, self._news.put)

    def send(self, client: int, data: bytes) -> None:
        if self._server is not None:
            self._server.send(client, data)

    def clear(self, client: int) -> bool:
        return self._server is None or self._server.clear(client)

    def hang_up(self, client: int) -> None:
        if self._server is not None:
            self._server.hang_up(client)

    def peer_pid(self, client: int) -> int | None:
        return self._server.peer_pid(client) if self._server is not None else None

    # Waiting

    def poll(self, timeout: float | None) -> list[Happening]:
        happenings: list[Happening] = []
        with suppress(queue.Empty):
            news = self._news.get(timeout=self._patience(timeout))
            while True:
                happenings.extend(self._translate(news))
                news = self._news.get_nowait()
        happenings.extend(self._look_again())
        return happenings

    def _living(self) -> list[_Held]:
        return [held for held in self._held.values() if not held.ended]

    def _patience(self, timeout: float | None) -> float | None:
        pause = _LOOK_AGAIN
        for held in self._living():
            if held.killing or held.empty_since is not None:
                return _KILL_AGAIN
            if held.root.job is None:
                pause = _LOOK_AGAIN_ALONE
        return min(pause, timeout) if timeout is not None else pause

    def _translate(self, news: _News) -> Iterator[Happening]:
        match news:
            case _RootEnded(key) | _JobEmptied(key):
                if (held := self._by_key.get(key)) is not None:
                    yield from self._settle(held)
            case _Wrote(key):
                if (held := self._by_key.get(key)) is not None:
                    held.told_growth = False
                    yield Grew(held.tree)
            case _Drained(key):
                if (held := self._by_key.get(key)) is not None:
                    held.drained = True
                    yield from self._settle(held)
            case Disconnected(client):
                if self._server is not None:
                    self._server.gone(client)
                yield news
            case _:
                yield news

    def _look_again(self) -> Iterator[Happening]:
        now = time.monotonic()
        everyone = now - self._looked >= _LOOK_AGAIN
        if everyone:
            self._looked = now
        for held in self._living():
            if held.killing and held.empty_since is None:
                self._kill_members(held)
            if everyone or held.killing or held.root.job is None or held.empty_since is not None:
                yield from self._settle(held)

    def _settle(self, held: _Held) -> Iterator[Happening]:
        """Tells what has become true of a tree: the end of its root, then of its last member."""
        if held.ended:
            return
        if not held.exited and processes.has_ended(held.root.process):
            held.exited = True
            ended_at = processes.epoch_seconds(processes.times(held.root.process)[1])
            yield Exited(held.tree, processes.exit_code(held.root.process), None, ended_at)
        if held.exited and held.empty_since is None and not self._members_of(held):
            held.empty_since = time.monotonic()
        if held.empty_since is None:
            return
        if held.drained:
            held.ended = True
            self._let_go(held)
            yield Emptied(held.tree, time.time())
        elif time.monotonic() - held.empty_since > _DRAIN_PATIENCE and held.output is not None:
            held.output.give_up()

    def _grew(self, held: _Held) -> None:
        """On the reading thread. One word until it was heard."""
        if not held.told_growth:
            held.told_growth = True
            self._news.put(_Wrote(held.key))

    # Launching and ending

    def launch(self, spec: LaunchSpec, writer: LogWriter) -> Identity:
        own_console = (
            spec.console == "own" or _EVENTS.get(spec.signal) == signal.CTRL_C_EVENT or not self._console.present
        )
        key = next(self._keys)
        output = OutputPipe()
        try:
            root = launch.start(spec, output.write, port=self._port, key=key, own_console=own_console)
        except BaseException:
            os.close(output.read)
            raise
        finally:
            os.close(output.write)
        self._hold(_Held(key, spec.id, root, own_console), output.read, writer)
        return Identity(root.pid, str(root.start), self._boot)

    def _hold(self, held: _Held, read: int, writer: LogWriter) -> None:
        self._held[held.tree] = self._by_key[held.key] = held
        held.output = OutputReader(
            read, writer, grew=partial(self._grew, held), drained=lambda: self._news.put(_Drained(held.key))
        )
        kernel32.RegisterWaitForSingleObject(  # refused, the end is seen by looking again
            ctypes.byref(held.wait), held.root.process, self._root_ended, held.key, _INFINITE, _WAIT_ONCE
        )

    def adopt(self, spec: LaunchSpec, identity: Identity) -> None:
        raise OSError(errno.ENOTSUP, "not built yet")

    def enforced(self, tree: str) -> dict[str, str]:
        return {}

    def ask_to_stop(self, tree: str, signal_name: str) -> None:
        held = self._held[tree]
        if signal_name == "SIGKILL":
            self.kill(tree)
            return
        if signal_name not in _EVENTS:
            raise ValueError(f"{signal_name} is no signal on Windows (there are: CTRL_BREAK, CTRL_C, SIGKILL)")
        if held.own_console:
            interrupt(_EVENTS[signal_name], self._members_of(held))
        else:  # Ctrl+C reaches no group; Ctrl+Break is the nearest
            self._console.send_break(held.root.pid)

    def kill(self, tree: str) -> None:
        held = self._held[tree]
        held.killing = True
        self._kill_members(held)

    def _kill_members(self, held: _Held) -> None:
        if held.root.job is not None:
            held.root.job.terminate()
            return
        for pid in self._members_of(held):
            processes.end(pid, processes.start_of(pid))

    # Members

    def _members_of(self, held: _Held) -> list[int]:
        """The root first, while it lives."""
        found = held.root.job.members() if held.root.job is not None else list(processes.marks(held.tree))
        return sorted(found, key=lambda pid: pid != held.root.pid)

    def members(self) -> dict[str, list[tuple[int, str]]]:
        found: dict[str, list[tuple[int, str]]] = {}
        for held in self._living():
            for pid in self._members_of(held):
                if (start := processes.start_of(pid)) is not None:
                    found.setdefault(held.tree, []).append((pid, str(start)))
        return found

    def follow(self, tree: str, on: bool) -> None:
        if (output := self._held[tree].output) is not None:
            output.followed = on

    def forget(self, tree: str) -> None:
        if (held := self._held.pop(tree, None)) is not None:
            del self._by_key[held.key]

    def _let_go(self, held: _Held) -> None:
        kernel32.UnregisterWaitEx(held.wait, INVALID_HANDLE)
        _winapi.CloseHandle(held.root.process)
        if held.root.job is not None:
            held.root.job.close()

    def survivors(self, prefix: str) -> dict[int, str]:
        return {pid: tree for pid, tree in processes.marks(prefix).items() if pid != os.getpid()}

    def sweep(self, prefix: str, spare: int | None) -> dict[int, str]:
        ended: dict[int, str] = {}
        for _ in range(20):  # what is ended may have just started another
            found = {
                pid: tree for pid, tree in self.survivors(prefix).items() if tree not in self._held and pid != spare
            }
            if not [pid for pid in found if processes.end(pid, processes.start_of(pid))]:
                break
            ended.update(found)
            time.sleep(0.01)
        return ended

    # The keeper itself

    def boot(self) -> str:
        return self._boot

    def capabilities(self) -> dict[str, Any]:
        return {
            "platform": sys.platform,
            "trees": "job object",
            "output": "thread",
            "console": self._console.present,
            "inside_job": in_a_job(kernel32.GetCurrentProcess()),
        }

    def close(self) -> None:
        if self._server is not None:
            self._server.close()
        for held in self._living():
            kernel32.UnregisterWaitEx(held.wait, INVALID_HANDLE)
        self._port.close()
        self._console.close()
