"""The table of trees: the truth about processes, as the keeper tells it to each daemon that connects."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from keeper.logs import LogWriter
from keeper.protocol import Identity, LaunchSpec, Message


@dataclass
class Tree:
    spec: LaunchSpec
    identity: Identity
    log: LogWriter
    started_at: float = field(default_factory=time.time)  # epoch seconds
    enforced: dict[str, str] = field(default_factory=dict)  # limit → what of the system enforces it
    exit: dict[str, Any] | None = None  # {"code", "signal", "at", "limit", "cpu", "peak"} of the root
    ended_at: float | None = None  # when the last member was gone
    abandoned: bool = False  # the keeper ended it, or does, because no daemon came back

    @property
    def alive(self) -> bool:
        return self.ended_at is None

    def to_wire(self) -> Message:
        return {
            "id": self.spec.id,
            "owner": list(self.spec.owner),
            "lifetime": self.spec.lifetime,
            "label": self.spec.label,
            "pid": self.identity.pid,
            "start": self.identity.start,
            "boot": self.identity.boot,
            "started_at": self.started_at,
            "enforced": self.enforced,
            "exit": self.exit,
            "ended_at": self.ended_at,
            "abandoned": self.abandoned,
            "log": {"path": str(self.log.live), "end": self.log.end, "lost": self.log.lost},
        }


class Trees:
    def __init__(self) -> None:
        self._trees: dict[str, Tree] = {}

    def __iter__(self) -> Iterator[Tree]:
        return iter(tuple(self._trees.values()))

    def __len__(self) -> int:
        return len(self._trees)

    def get(self, tree_id: str) -> Tree | None:
        return self._trees.get(tree_id)

    def add(self, tree: Tree) -> None:
        self._trees[tree.spec.id] = tree

    def remove(self, tree_id: str) -> None:
        self._trees.pop(tree_id, None)

    def living(self) -> list[Tree]:
        return [tree for tree in self._trees.values() if tree.alive]

    def with_root(self, identity: Identity) -> Tree | None:
        return next((tree for tree in self._trees.values() if tree.alive and tree.identity == identity), None)

    def log_in_use(self, path: str) -> Tree | None:
        """A log has one writer: the living tree that already writes to this path."""
        return next((tree for tree in self._trees.values() if tree.alive and str(tree.log.live) == path), None)
