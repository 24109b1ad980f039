"""The keeper itself: answers the daemon, keeps the table of trees, and sees to lifetimes. Knows no operating system.

It decides nothing about services. What it does on its own is only this: it ends `session` trees when the daemon has
been gone for 5 s, and it leaves when there is nothing left to hold or to tell.
"""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from keeper.host import Asked, Connected, Disconnected, Emptied, Exited, Grew, Happening, Host, Received
from keeper.logs import LogWriter
from keeper.protocol import VERSION, Identity, LaunchSpec, Message, ProtocolError, decode, encode
from keeper.tree_logs import TreeLogs
from keeper.trees import Tree, Trees

log = logging.getLogger("keeper")

SESSION_PATIENCE = 5.0  # seconds without a daemon until session trees are ended
SESSION_GRACE = 0.8  # seconds they then have between the signal and the kill
LINGER = 10.0  # seconds without daemon and trees until the keeper leaves
FIRST_CONTACT = 30.0  # seconds a new keeper waits for its first daemon


class Refusal(Exception):
    """An operation that cannot be done; `code` is for the daemon, the text for a person."""

    def __init__(self, code: str, text: str) -> None:
        super().__init__(text)
        self.code = code


class Keeper:
    def __init__(self, host: Host, name: str, address: str, logs: TreeLogs | None = None) -> None:
        self._host = host
        self._logs = logs or TreeLogs()
        self._name = name  # hash of the data folder: every tree id begins with it
        self._address = address
        self._trees = Trees()
        self._daemon: int | None = None  # the client that controls
        self._daemon_pid: int | None = None
        self._alone_since: float | None = time.monotonic()
        self._patience = FIRST_CONTACT
        self._session_patience = SESSION_PATIENCE
        self._grown: set[str] = set()
        self._news: list[bytes] = []
        self._closing: list[LogWriter] = []
        self._finishing = False
        self.done = False
        self._fresh = True
        self._operations: dict[str, Callable[[Message], Any]] = {
            "launch": self._launch,
            "adopt": self._adopt,
            "identify": lambda message: host.start_of(int(message["pid"])),
            "stop": self._stop,
            "kill": self._kill,
            "members": lambda _: {tree: [list(one) for one in ones] for tree, ones in host.members().items()},
            "follow": self._follow,
            "forget": self._forget,
            "trees": lambda _: [tree.to_wire() for tree in self._trees],
            "sweep": self._sweep,
            "leave": self._leave,
        }

    def run(self) -> None:
        self._host.listen(self._address)
        while not self.done:
            for happening in self._host.poll(self._pause()):
                self._on(happening)
            self._send_news()  # before anything else: a crash has its next life asked for as soon as it is known
            self._tell_growth()
            if self._daemon is not None:
                for news in self._logs.news():
                    self._tell(news)
            self._send_news()
            self._logs.tend(self._trees)
            self._look_after_lifetimes(time.monotonic())

    def _pause(self) -> float:
        if self._finishing or any(tree.ending_since is not None for tree in self._trees.living()):
            return 0.05
        if self._daemon is None and self._alone_since is not None:
            left = self._session_patience - (time.monotonic() - self._alone_since)
            return min(1.0, left) if left > 0 else 1.0  # sessions end on time, not at the next look
        return 1.0 if self._daemon is None or self._grown else 30.0

    # What the host reports

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
                self._daemon = self._daemon_pid = None
                for tree in self._trees:
                    self._host.follow(tree.spec.id, False)
                self._alone_since = time.monotonic()
                log.info("the daemon is gone; %d trees held", len(self._trees.living()))
            case Asked():
                self._finish()
            case Connected() | Disconnected():
                pass

    def _exited(self, tree_id: str, outcome: Message) -> None:
        if (tree := self._trees.get(tree_id)) is not None:
            tree.exit = outcome
            self._tell({"event": "exited", "id": tree_id, **outcome})

    def _emptied(self, tree_id: str, at: float) -> None:
        if (tree := self._trees.get(tree_id)) is not None:
            tree.ended_at = at
            tree.ending_since = None
            self._closing.append(tree.log)
            self._tell({"event": "ended", "id": tree_id, "at": at, "exit": tree.exit, "log_end": tree.log.end})

    def _tell(self, message: Message) -> None:
        if self._daemon is not None:
            self._news.append(encode(message))

    def _send_news(self) -> None:
        """All at once; then closes the logs of what has ended: the next tree of a service may write to the same one."""
        if self._news and self._daemon is not None:
            self._host.send(self._daemon, b"".join(self._news))
        self._news.clear()
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

    # What the daemon asks

    def _receive(self, client: int, line: bytes) -> None:
        self._send_news()  # answers come behind what was so before
        message: Message = {}
        try:
            message = decode(line)
            op = message.get("op")
            if client != self._daemon:
                self._greet(client, message)
                return
            if op not in self._operations:
                raise ProtocolError(f"unknown operation {op!r}")
            answer = {"ok": True, "result": self._operations[op](message)}
        except Refusal as refusal:
            answer = {"ok": False, "code": refusal.code, "error": str(refusal)}
        except (ProtocolError, KeyError, TypeError) as error:
            answer = {"ok": False, "code": "protocol", "error": f"{type(error).__name__}: {error}"}
        except Exception as error:  # one request that fails must not cost all trees
            log.exception("a request failed: %r", message.get("op"))
            answer = {"ok": False, "code": "internal", "error": f"{type(error).__name__}: {error}"}
        self._host.send(client, encode({"seq": message.get("seq"), **answer}))

    def _greet(self, client: int, message: Message) -> None:
        op = message.get("op")
        if op == "ping":
            words = {"ok": True, "pid": os.getpid(), "version": VERSION, "daemon": self._daemon_pid}
            self._host.send(client, encode(words))
        elif op == "finish" and self._daemon is None:
            self._finish()
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
        self._alone_since = None
        self._patience = LINGER
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

    def _launch(self, message: Message) -> Message:
        spec = LaunchSpec.from_wire(message["spec"])
        if (known := self._trees.get(spec.id)) is not None:
            return known.to_wire()  # asked twice, launched once
        writer = self._log_for(spec)
        try:
            identity = self._host.launch(spec, writer)
        except (OSError, ValueError) as error:
            writer.close()
            raise Refusal("spawn", _spawn_failure(spec, error)) from error
        writer.settle()
        spec = replace(spec, input=None)  # it has been handed over
        return self._hold(Tree(spec, identity, writer, enforced=self._host.enforced(spec.id)))

    def _adopt(self, message: Message) -> Message:
        """Holds a process that runs already and was started elsewhere."""
        spec = LaunchSpec.from_wire(message["spec"])
        if (known := self._trees.get(spec.id)) is not None:
            return known.to_wire()
        identity = Identity(int(message["pid"]), str(message["start"]), self._host.boot())
        if (other := self._trees.with_root(identity)) is not None:
            raise Refusal("held", f"process {identity.pid} belongs to {other.spec.owner[1]} already")
        writer = self._log_for(spec)
        try:
            self._host.adopt(spec, identity)
        except OSError as error:
            writer.close()
            raise Refusal("adopt", f"process {identity.pid}: {error.strerror or error}") from error
        writer.settle()
        tree = Tree(spec, identity, writer, float(message["started_at"]), enforced=self._host.enforced(spec.id))
        return self._hold(tree)

    def _hold(self, tree: Tree) -> Message:
        self._trees.add(tree)
        return tree.to_wire()

    def _log_for(self, spec: LaunchSpec) -> LogWriter:
        if not spec.id.startswith(self._name):
            raise Refusal("protocol", f"tree ids of this keeper begin with {self._name}")
        if (other := self._trees.log_in_use(spec.log.path)) is not None:
            writer_now = f"{other.spec.owner[1]} (pid {other.identity.pid})"
            raise Refusal("log_in_use", f"{spec.log.path} is still written to by {writer_now}")
        try:
            return self._logs.open(spec)
        except OSError as error:
            raise Refusal("log", f"the log {spec.log.path} cannot be opened: {error.strerror or error}") from error

    def _tree(self, message: Message) -> Tree:
        tree = self._trees.get(message["id"])
        if tree is None:
            raise Refusal("unknown_tree", f"no tree {message['id']}")
        return tree

    def _stop(self, message: Message) -> None:
        tree = self._tree(message)
        if tree.alive:
            try:
                self._host.ask_to_stop(tree.spec.id, message.get("signal") or tree.spec.signal)
            except (OSError, ValueError) as error:
                raise Refusal("signal", str(error)) from error

    def _kill(self, message: Message) -> None:
        tree = self._tree(message)
        if tree.alive:
            self._host.kill(tree.spec.id)

    def _follow(self, message: Message) -> int:
        tree = self._tree(message)
        self._host.follow(tree.spec.id, bool(message.get("on", True)))
        return tree.log.end

    def _forget(self, message: Message) -> None:
        """The daemon has recorded the end; nothing needs to be kept of it."""
        tree = self._trees.get(message["id"])
        if tree is None:
            return
        if tree.alive:
            raise Refusal("alive", f"tree {tree.spec.id} still lives")
        self._host.forget(tree.spec.id)
        self._trees.remove(tree.spec.id)

    def _sweep(self, _: Message) -> Message:
        """Ends what survived an earlier keeper; the daemon may itself have been started from one of its tools."""
        return {str(pid): tree for pid, tree in self._host.sweep(self._name, self._daemon_pid).items()}

    def _leave(self, _: Message) -> None:
        """The daemon goes in good order: sessions end now, and with nothing to hold so does the keeper."""
        self._patience = self._session_patience = 0.0

    # What the keeper does alone

    def _look_after_lifetimes(self, now: float) -> None:
        living = self._trees.living()
        if self._daemon is None and self._alone_since is not None:
            alone = now - self._alone_since
            if alone >= self._session_patience:
                for tree in living:
                    if tree.spec.lifetime == "session":
                        self._end(tree, now)
            if not living and alone >= self._patience and (self._patience == 0.0 or not len(self._trees)):
                self.done = True
        else:
            self._session_patience = SESSION_PATIENCE
        if self._finishing:
            for tree in living:
                self._end(tree, now)
            self.done = not living
        for tree in living:
            grace = tree.spec.grace if self._finishing else min(tree.spec.grace, SESSION_GRACE)
            if tree.ending_since is not None and now - tree.ending_since >= grace:
                self._host.kill(tree.spec.id)

    def _end(self, tree: Tree, now: float) -> None:
        if tree.ending_since is None:
            tree.ending_since = now
            try:
                self._host.ask_to_stop(tree.spec.id, tree.spec.signal)
            except (OSError, ValueError):
                self._host.kill(tree.spec.id)

    def _finish(self) -> None:
        log.info("told to finish: %d trees end", len(self._trees.living()))
        self._finishing = True


def _spawn_failure(spec: LaunchSpec, error: OSError | ValueError) -> str:
    if isinstance(error, OSError) and error.strerror:
        if not Path(spec.cwd).is_dir():
            return f"the folder {spec.cwd} does not exist"
        return f"{spec.argv[0]}: {error.strerror}"
    return f"{spec.argv[0]}: {error}"
