"""What the supervisor and later the runner ask of whatever holds process trees. The keeper is the first that does."""

from __future__ import annotations

import sys
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Protocol

from backend.core.errors import CenterError, Unavailable, Unprocessable
from backend.services.processes.exits import WINDOWS, signal_name
from keeper.protocol import Identity, LaunchSpec, Limits, LogRules

__all__ = ["Exit", "Identity", "LaunchSpec", "Limits", "LogRules", "Runtime", "Tree"]


class LaunchFailed(Unprocessable):
    code, title = "launch_failed", "The tool could not be started"


class KeeperAway(Unavailable):
    code, title = "keeper_away", "The keeper does not answer"


class KeeperRefused(CenterError):
    status, code, title = 409, "keeper_refused", "The keeper refused"


@dataclass(frozen=True)
class Exit:
    """How the root of a tree ended: an exit code, or the number of the signal that ended it. `limit` names the limit
    that the tree broke, where that is why. `cpu_seconds` are those of the root and of all that it waited for, and
    `peak_memory` is the bytes of the largest of them; on Windows both are of the whole tree, as its job object counts.
    None where the system does not tell."""

    code: int | None
    signal: int | None
    at: datetime
    limit: str | None = None
    cpu_seconds: float | None = None
    peak_memory: int | None = None

    @property
    def text(self) -> str:
        """`exit code 1`, `SIGKILL (9)`, `access violation (0xC0000005)`, `memory limit reached, SIGKILL (9)`."""
        return self._how if self.limit is None else f"{self.limit} limit reached, {self._how}"

    @property
    def _how(self) -> str:
        if self.signal is not None:
            name = signal_name(self.signal)
            return f"{name} ({self.signal})" if name.startswith("SIG") else name
        if self.code is not None and (self.code & 0xFFFFFFFF) in WINDOWS and sys.platform == "win32":
            status = self.code & 0xFFFFFFFF
            return f"{WINDOWS[status].meaning} (0x{status:08X})"
        return "unknown" if self.code is None else f"exit code {self.code}"

    @classmethod
    def from_wire(cls, value: Mapping[str, Any] | None) -> Exit | None:
        if value is None:
            return None
        at = datetime.fromtimestamp(value["at"], UTC)
        return cls(value["code"], value["signal"], at, value.get("limit"), value.get("cpu"), value.get("peak"))


@dataclass(frozen=True)
class Tree:
    """A process tree as its holder describes it."""

    id: str
    owner: tuple[str, str]
    identity: Identity
    started_at: datetime
    log_path: str
    log_end: int
    lifetime: str
    label: Mapping[str, str] = field(default_factory=dict)
    enforced: Mapping[str, str] = field(default_factory=dict)  # limit → what of the system enforces it
    exit: Exit | None = None
    ended: bool = False
    abandoned: bool = False  # the keeper ended it, or does, because no daemon came back

    @classmethod
    def from_wire(cls, value: Mapping[str, Any]) -> Tree:
        return cls(
            id=value["id"],
            owner=(value["owner"][0], value["owner"][1]),
            identity=Identity(value["pid"], value["start"], value["boot"]),
            started_at=datetime.fromtimestamp(value["started_at"], UTC),
            log_path=value["log"]["path"],
            log_end=value["log"]["end"],
            lifetime=value["lifetime"],
            label=value["label"],
            enforced=value["enforced"],
            exit=Exit.from_wire(value["exit"]),
            ended=value["ended_at"] is not None,
            abandoned=value.get("abandoned", False),  # a keeper of before does not say
        )


@dataclass(frozen=True)
class TreeExited:
    """The root has ended; members may live on."""

    tree: str
    exit: Exit


@dataclass(frozen=True)
class TreeEnded:
    """Nothing of the tree lives any more."""

    tree: str
    exit: Exit | None
    log_end: int


@dataclass(frozen=True)
class KeeperLost:
    """The keeper died; what it held is ended or on its own."""

    pid: int | None


@dataclass(frozen=True)
class KeeperBack:
    """A keeper answers again. `ended` is what had survived an earlier one and was ended, pid → tree id."""

    pid: int
    trees: tuple[Tree, ...]
    fresh: bool
    ended: Mapping[int, str]


@dataclass(frozen=True)
class LogNews:
    """What befell a log: its files were taken away (`lost`), the disk takes nothing (`refused`) or does again
    (`accepted`)."""

    owner: tuple[str, str]
    what: str
    details: Mapping[str, Any]


News = TreeExited | TreeEnded | KeeperLost | KeeperBack | LogNews
Listener = Callable[[News], None]


class Runtime(Protocol):
    """What is awaited may raise `KeeperAway`. `launch`, `ask_to_stop` and `kill` have asked when they return: nothing
    that the loop has to do stands between a wish and the process that it is about."""

    @property
    def tree_prefix(self) -> str:
        """What every tree id begins with."""

    def listen(self, listener: Listener) -> None:
        """Calls the listener with all news, in order, from the event loop; the first one with those before it too."""

    def launch(self, spec: LaunchSpec) -> Awaitable[Tree]:
        """Raises `LaunchFailed` with words for a person. The same id twice launches once."""

    async def identify(self, pid: int) -> Identity | None:
        """Who has this pid now; None when nobody has."""

    async def adopt(self, spec: LaunchSpec, identity: Identity, started_at: datetime) -> Tree:
        """Holds a running process that was started elsewhere. Raises `LaunchFailed`: it is gone, or may not be held."""

    def ask_to_stop(self, tree: str, signal_name: str) -> Awaitable[None]: ...

    def kill(self, tree: str) -> Awaitable[None]: ...

    async def trees(self) -> tuple[Tree, ...]:
        """All that are held now; news that come later are later than this."""

    async def members(self) -> Mapping[str, list[tuple[int, str]]]:
        """Pid and start of each living member, by tree."""

    async def forget(self, tree: str) -> None:
        """The end of the tree has been dealt with."""

    async def leave(self) -> None:
        """The daemon goes in good order."""

    def capabilities(self) -> Mapping[str, Any]: ...
