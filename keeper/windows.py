"""Windows: job objects, console events, a named pipe, a thread for each thing that can only be waited for alone.

All threads put what they see into one queue, which `poll` empties: the table is touched by one thread only.
"""

from __future__ import annotations

import ctypes
import itertools
import os
import queue
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from functools import partial
from typing import Any

assert sys.platform == "win32"

from keeper import windows_adopt as adopt
from keeper import windows_launch as launch
from keeper import windows_news as news
from keeper import windows_processes as processes
from keeper.host import Asked, Disconnected, Emptied, Exited, Grew, Happening
from keeper.logs import LogWriter
from keeper.protocol import Identity, LaunchSpec
from keeper.windows_api import INVALID_HANDLE, WaitCallback, kernel32
from keeper.windows_console import EVENTS, Console, interrupt
from keeper.windows_held import Held
from keeper.windows_jobs import JobPort, in_a_job
from keeper.windows_output import OutputPipe, OutputReader
from keeper.windows_pipes import PipeServer

_WAIT_ONCE = 0x8
_INFINITE = 0xFFFF_FFFF
_KILL_AGAIN = 0.05  # seconds between looks at a tree that is being killed
_LOOK_AGAIN = 5.0  # seconds between looks at all trees: Windows does not promise to tell of every end
_LOOK_AGAIN_ALONE = 0.5  # the same for trees that no job holds
_DRAIN_PATIENCE = 2.0  # seconds until a pipe that outlives its tree is given up


class WindowsHost:
    def __init__(self) -> None:
        self._news: queue.SimpleQueue[news.News] = queue.SimpleQueue()
        self._held: dict[str, Held] = {}
        self._by_key: dict[int, Held] = {}
        self._keys = itertools.count(1)
        self._looked = time.monotonic()
        self._boot = processes.boot_id()
        self._console = Console(lambda: self._news.put(Asked()))
        self._port = JobPort(
            emptied=lambda key: self._news.put(news.JobEmptied(key)),
            full=lambda key: self._news.put(news.MemoryRefused(key)),
        )
        self._root_ended = WaitCallback(lambda key, _: self._news.put(news.RootEnded(key)))
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
            told = self._news.get(timeout=self._patience(timeout))
            while True:
                happenings.extend(self._translate(told))
                told = self._news.get_nowait()
        happenings.extend(self._look_again())
        return happenings

    def _living(self) -> list[Held]:
        return [held for held in self._held.values() if not held.ended]

    def _patience(self, timeout: float | None) -> float | None:
        pause = _LOOK_AGAIN
        for held in self._living():
            if held.killing or held.empty_since is not None:
                return _KILL_AGAIN
            if held.root.others is not None:
                pause = _LOOK_AGAIN_ALONE
        return min(pause, timeout) if timeout is not None else pause

    def _translate(self, told: news.News) -> Iterator[Happening]:
        match told:
            case news.RootEnded(key) | news.JobEmptied(key):
                if (held := self._by_key.get(key)) is not None:
                    yield from self._settle(held)
            case news.MemoryRefused(key):
                if (held := self._by_key.get(key)) is not None:
                    self._out_of_memory(held)
            case news.Wrote(key):
                if (held := self._by_key.get(key)) is not None:
                    held.told_growth = False
                    yield Grew(held.tree)
            case news.Drained(key):
                if (held := self._by_key.get(key)) is not None:
                    held.drained = True
                    yield from self._settle(held)
            case Disconnected(client):
                if self._server is not None:
                    self._server.gone(client)
                yield told
            case _:
                yield told

    def _look_again(self) -> Iterator[Happening]:
        now = time.monotonic()
        everyone = now - self._looked >= _LOOK_AGAIN
        if everyone:
            self._looked = now
        for held in self._living():
            if held.killing and held.empty_since is None:
                held.root.end()
            if everyone or held.killing or held.root.others is not None or held.empty_since is not None:
                yield from self._settle(held)

    def _settle(self, held: Held) -> Iterator[Happening]:
        """Tells what has become true of a tree: the end of its root, then of its last member."""
        if held.ended:
            return
        if not held.exited and processes.has_ended(held.root.process):
            held.exited = True
            ended_at = processes.epoch_seconds(processes.times(held.root.process)[1])
            cpu, peak = held.root.used()
            yield Exited(held.tree, processes.exit_code(held.root.process), None, ended_at, held.limit, cpu, peak)
        if held.exited and held.empty_since is None and not held.root.members():
            held.empty_since = time.monotonic()
        if held.empty_since is None:
            return
        if held.drained:
            held.ended = True
            self._let_go(held)
            yield Emptied(held.tree, time.time())
        elif time.monotonic() - held.empty_since > _DRAIN_PATIENCE and held.output is not None:
            held.output.give_up()

    def _out_of_memory(self, held: Held) -> None:
        """A tool that goes on without the memory it was refused is no longer itself."""
        if "memory" in held.root.enforced and not held.ended:  # else the limit is one that the tool set for itself
            held.limit = "memory"
            self.kill(held.tree)

    def _grew(self, held: Held) -> None:
        """On the reading thread. One word until it was heard."""
        if not held.told_growth:
            held.told_growth = True
            self._news.put(news.Wrote(held.key))

    # Launching and ending

    def launch(self, spec: LaunchSpec, writer: LogWriter) -> Identity:
        own_console = (
            spec.console == "own" or EVENTS.get(spec.signal) == signal.CTRL_C_EVENT or not self._console.present
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
        held = Held(key, spec.id, root, "its own" if own_console else "our console")
        held.output = OutputReader(
            output.read, writer, grew=partial(self._grew, held), drained=lambda: self._news.put(news.Drained(key))
        )
        self._hold(held)
        return Identity(root.pid, str(root.start), self._boot)

    def start_of(self, pid: int) -> str | None:
        start = processes.start_of(pid)
        return None if start is None else str(start)

    def adopt(self, spec: LaunchSpec, identity: Identity) -> None:
        key = next(self._keys)
        root = adopt.take(spec, identity, port=self._port, key=key)
        self._hold(Held(key, spec.id, root, "one it shares", drained=True))

    def _hold(self, held: Held) -> None:
        self._held[held.tree] = self._by_key[held.key] = held
        kernel32.RegisterWaitForSingleObject(  # refused, the end is seen by looking again
            ctypes.byref(held.wait), held.root.process, self._root_ended, held.key, _INFINITE, _WAIT_ONCE
        )

    def enforced(self, tree: str) -> dict[str, str]:
        return dict(self._held[tree].root.enforced)

    def ask_to_stop(self, tree: str, signal_name: str) -> None:
        held = self._held[tree]
        if signal_name == "SIGKILL":
            self.kill(tree)
            return
        if signal_name not in EVENTS:
            raise ValueError(f"{signal_name} is no signal on Windows (there are: CTRL_BREAK, CTRL_C, SIGKILL)")
        event = EVENTS[signal_name]
        match held.asked_on:
            case "our console":  # Ctrl+C reaches no group; Ctrl+Break is the nearest
                self._console.send_break(held.root.pid)
            case "its own":
                interrupt(event, held.root.members())
            case "one it shares":
                interrupt(event, held.root.members(), only_with=processes.ancestors(held.root.pid))

    def kill(self, tree: str) -> None:
        held = self._held[tree]
        held.killing = True
        held.root.end()

    # Members

    def members(self) -> dict[str, list[tuple[int, str]]]:
        found: dict[str, list[tuple[int, str]]] = {}
        for held in self._living():
            for pid in held.root.members():
                if (start := processes.start_of(pid)) is not None:
                    found.setdefault(held.tree, []).append((pid, str(start)))
        return found

    def follow(self, tree: str, on: bool) -> None:
        if (output := self._held[tree].output) is not None:
            output.followed = on

    def forget(self, tree: str) -> None:
        if (held := self._held.pop(tree, None)) is not None:
            del self._by_key[held.key]

    def _let_go(self, held: Held) -> None:
        kernel32.UnregisterWaitEx(held.wait, INVALID_HANDLE)
        held.root.close()

    def survivors(self, prefix: str) -> dict[int, str]:
        return {pid: tree for pid, (tree, _) in processes.marks(prefix).items() if pid != os.getpid()}

    def sweep(self, prefix: str, spare: int | None) -> dict[int, str]:
        ended: dict[int, str] = {}
        for _ in range(20):  # what is ended may have just started another
            found = {
                pid: (tree, start)
                for pid, (tree, start) in processes.marks(prefix).items()
                if tree not in self._held and pid not in {spare, os.getpid()}
            }
            if not [pid for pid, (_, start) in found.items() if processes.end(pid, start)]:
                break
            ended.update({pid: tree for pid, (tree, _) in found.items()})
            time.sleep(0.01)
        return ended

    # The keeper itself

    def boot(self) -> str:
        return self._boot

    def capabilities(self) -> dict[str, Any]:
        return {
            "platform": sys.platform,
            "trees": "job object",
            "limits": dict.fromkeys(("memory", "cpu", "processes"), "job object"),
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
