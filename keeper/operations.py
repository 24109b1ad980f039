"""What a daemon may ask of the keeper, once it was welcomed: one method each, named as on the wire."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from keeper.host import Host
from keeper.logs import LogWriter
from keeper.protocol import Identity, LaunchSpec, Message, ProtocolError
from keeper.tree_logs import TreeLogs
from keeper.trees import Tree, Trees


class Refusal(Exception):
    """An operation that cannot be done; `code` is for the daemon, the text for a person."""

    def __init__(self, code: str, text: str) -> None:
        super().__init__(text)
        self.code = code


class Operations:
    """`name` begins every tree's id; `daemon` tells the pid of who asks; `leave` is called when that goes."""

    def __init__(
        self,
        host: Host,
        trees: Trees,
        logs: TreeLogs,
        name: str,
        *,
        daemon: Callable[[], int | None],
        leave: Callable[[], None],
    ) -> None:
        self._host = host
        self._trees = trees
        self._logs = logs
        self._name = name
        self._daemon = daemon
        self._known: dict[str, Callable[[Message], Any]] = {
            "launch": self._launch,
            "adopt": self._adopt,
            "identify": lambda message: host.start_of(int(message["pid"])),
            "stop": self._stop,
            "kill": self._kill,
            "members": lambda _: {tree: [list(one) for one in ones] for tree, ones in host.members().items()},
            "follow": self._follow,
            "forget": self._forget,
            "trees": lambda _: [tree.to_wire() for tree in trees],
            "sweep": self._sweep,
            "leave": lambda _: leave(),
        }

    def do(self, message: Message) -> Any:
        """The result. Raises `Refusal`, and what a wrong message leads to: `ProtocolError`, KeyError, TypeError."""
        op = message.get("op")
        if op not in self._known:
            raise ProtocolError(f"unknown operation {op!r}")
        return self._known[op](message)

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
        return {str(pid): tree for pid, tree in self._host.sweep(self._name, self._daemon()).items()}


def _spawn_failure(spec: LaunchSpec, error: OSError | ValueError) -> str:
    if isinstance(error, OSError) and error.strerror:
        if not Path(spec.cwd).is_dir():
            return f"the folder {spec.cwd} does not exist"
        return f"{spec.argv[0]}: {error.strerror}"
    return f"{spec.argv[0]}: {error}"
