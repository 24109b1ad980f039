"""The keeper itself: greets the daemon, hears what the host reports, and tells it on. Knows no operating system.

It decides nothing about services: `operations.py` does what the daemon asks, `lifetimes.py` what is done without one.
"""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Sequence

from keeper.host import Asked, Connected, Disconnected, Emptied, Exited, Grew, Happening, Host, Received
from keeper.lifetimes import Lifetimes
from keeper.logs import LogWriter
from keeper.operations import Operations, Refusal
from keeper.protocol import VERSION, Message, ProtocolError, decode, encode
from keeper.tree_logs import TreeLogs
from keeper.trees import Trees

log = logging.getLogger("keeper")

SILENCE = 0.005  # seconds of work after which the daemon is told what has come of it so far


class Keeper:
    """`name` is the hash of the data folder: every tree id begins with it."""

    def __init__(self, host: Host, name: str, address: str, logs: TreeLogs | None = None) -> None:
        self._host = host
        self._logs = logs or TreeLogs()
        self._name = name
        self._address = address
        self._trees = Trees()
        self._daemon: int | None = None  # the client that controls
        self._daemon_pid: int | None = None
        self._grown: set[str] = set()
        self._words: list[bytes] = []  # answers and news, in order
        self._closing: list[LogWriter] = []
        self._fresh = True
        self._lifetimes = Lifetimes(self._trees, host, time.monotonic())
        self._operations = Operations(
            host,
            self._trees,
            self._logs,
            name,
            daemon=lambda: self._daemon_pid,
            leave=self._lifetimes.daemon_leaves,
        )

    def run(self) -> None:
        self._host.listen(self._address)
        while not self._lifetimes.done:
            self._hear(self._host.poll(self._pause()))
            self._speak()  # before anything else: a crash has its next life asked for as soon as it is known
            self._close_logs()
            self._tell_growth()
            if self._daemon is not None:
                for news in self._logs.news():
                    self._tell(news)
            self._speak()
            self._logs.tend(self._trees)
            self._lifetimes.look_after(time.monotonic())

    def _pause(self) -> float:
        pause = self._lifetimes.pause(time.monotonic())
        return min(pause, 1.0) if self._grown else pause  # growth that the daemon had no room for is told again

    # What the host reports

    def _hear(self, happenings: Sequence[Happening]) -> None:
        spoke = time.monotonic()
        for happening in happenings:
            self._on(happening)
            if time.monotonic() - spoke > SILENCE:
                self._speak()
                spoke = time.monotonic()

    def _on(self, happening: Happening) -> None:
        match happening:
            case Received(client, line):
                self._receive(client, line)
            case Exited(tree_id, code, signal, at, limit, cpu, peak):
                outcome = {"code": code, "signal": signal, "at": at, "limit": limit, "cpu": cpu, "peak": peak}
                self._exited(tree_id, outcome)
            case Emptied(tree_id, at):
                self._emptied(tree_id, at)
            case Grew(tree_id):
                self._grown.add(tree_id)
            case Disconnected(client) if client == self._daemon:
                self._daemon_left()
            case Asked():
                self._lifetimes.finish()
            case Connected() | Disconnected():
                pass

    def _daemon_left(self) -> None:
        self._daemon = self._daemon_pid = None
        self._words.clear()
        for tree in self._trees:
            self._host.follow(tree.spec.id, False)
        self._lifetimes.daemon_left(time.monotonic())

    def _exited(self, tree_id: str, outcome: Message) -> None:
        if (tree := self._trees.get(tree_id)) is not None:
            tree.exit = outcome
            self._tell({"event": "exited", "id": tree_id, **outcome})

    def _emptied(self, tree_id: str, at: float) -> None:
        if (tree := self._trees.get(tree_id)) is not None:
            tree.ended_at = at
            self._lifetimes.ended(tree_id)
            self._closing.append(tree.log)
            self._tell({"event": "ended", "id": tree_id, "at": at, "exit": tree.exit, "log_end": tree.log.end})

    # What the daemon is told

    def _tell(self, message: Message) -> None:
        if self._daemon is not None:
            self._words.append(encode(message))

    def _speak(self) -> None:
        """All at once: a call of the system, and the daemon is woken once."""
        if self._words and self._daemon is not None:
            self._host.send(self._daemon, b"".join(self._words))
        self._words.clear()

    def _close_logs(self) -> None:
        """Those of trees that have ended: the next tree of a service may write to the same one."""
        while self._closing:
            self._closing.pop().close()

    def _tell_growth(self) -> None:
        """Merged: a daemon that has not taken the last news gets one message for all that grew since."""
        if self._daemon is None:
            self._grown.clear()
        elif self._grown and self._host.clear(self._daemon):
            ends = {tree.spec.id: tree.log.end for tree in self._trees if tree.spec.id in self._grown}
            self._grown.clear()
            self._tell({"event": "grew", "ends": ends})

    # What the daemon says

    def _receive(self, client: int, line: bytes) -> None:
        self._close_logs()
        message: Message = {}
        try:
            message = decode(line)
            if client != self._daemon:
                self._greet(client, message)
                return
            answer = {"ok": True, "result": self._operations.do(message)}
        except Refusal as refusal:
            answer = {"ok": False, "code": refusal.code, "error": str(refusal)}
        except (ProtocolError, KeyError, TypeError) as error:
            answer = {"ok": False, "code": "protocol", "error": f"{type(error).__name__}: {error}"}
        except Exception as error:  # one request that fails must not cost all trees
            log.exception("a request failed: %r", message.get("op"))
            answer = {"ok": False, "code": "internal", "error": f"{type(error).__name__}: {error}"}
        words = encode({"seq": message.get("seq"), **answer})
        if client == self._daemon:
            self._words.append(words)
        else:
            self._host.send(client, words)

    def _greet(self, client: int, message: Message) -> None:
        op = message.get("op")
        if op == "ping":
            words = {"ok": True, "pid": os.getpid(), "version": VERSION, "daemon": self._daemon_pid}
            self._host.send(client, encode(words))
        elif op == "finish" and self._daemon is None:
            self._lifetimes.finish()
            self._host.send(client, encode({"ok": True, "pid": os.getpid()}))
        elif op != "hello" or message.get("version") != VERSION:
            self._refuse(client, {"refused": "version", "version": VERSION, "pid": os.getpid()})
        elif self._daemon is not None:
            self._refuse(client, {"refused": "taken", "pid": self._daemon_pid})
        else:
            self._welcome(client, message)

    def _refuse(self, client: int, words: Message) -> None:
        self._host.send(client, encode({"ok": False, **words}))
        self._host.hang_up(client)

    def _welcome(self, client: int, message: Message) -> None:
        self._daemon = client
        self._daemon_pid = self._host.peer_pid(client) or message.get("pid")
        self._lifetimes.daemon_came()
        words = {
            "ok": True,
            "version": VERSION,
            "pid": os.getpid(),
            "boot": self._host.boot(),
            "fresh": self._fresh,
            "capabilities": self._host.capabilities(),
            "trees": [tree.to_wire() for tree in self._trees],
        }
        if self._fresh:
            words["survivors"] = {str(pid): tree for pid, tree in self._host.survivors(self._name).items()}
        self._fresh = False
        self._host.send(client, encode(words))
