"""What the keeper needs of an operating system, and the happenings that one reports.

`posix.py` and `windows.py` give it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from keeper.logs import LogWriter
from keeper.protocol import Identity, LaunchSpec


@dataclass(frozen=True)
class Connected:
    client: int


@dataclass(frozen=True)
class Received:
    client: int
    line: bytes


@dataclass(frozen=True)
class Disconnected:
    client: int


@dataclass(frozen=True)
class Exited:
    """The root of a tree ended. `code` is its exit code, or None when `signal` (a number) ended it; both are None where
    the system does not tell, as of a process that was not started here. `limit` names the limit that ended it. `cpu` is
    the seconds of a processor that it and those that it waited for have used, `peak` the bytes of memory of the largest
    of them, where the system tells; on Windows both are of the whole tree."""

    tree: str
    code: int | None
    signal: int | None
    at: float
    limit: str | None = None
    cpu: float | None = None
    peak: int | None = None


@dataclass(frozen=True)
class Emptied:
    """No member of the tree lives any more. Comes once a tree, after its `Exited`."""

    tree: str
    at: float


@dataclass(frozen=True)
class Grew:
    """The tree's log has new bytes; told only for trees that are followed."""

    tree: str


@dataclass(frozen=True)
class Asked:
    """The OS asks the keeper itself to end (SIGTERM, system shutdown)."""


Happening = Connected | Received | Disconnected | Exited | Emptied | Grew | Asked


class Host(Protocol):
    def listen(self, address: str) -> None:
        """Starts to accept daemons at the address, for this user only."""

    def poll(self, timeout: float | None) -> Sequence[Happening]:
        """Waits at most `timeout` seconds for happenings and moves output into the logs meanwhile."""

    def send(self, client: int, data: bytes) -> None:
        """Never waits: what the client does not take is kept for it."""

    def clear(self, client: int) -> bool:
        """Whether the client has taken all that was sent."""

    def hang_up(self, client: int) -> None: ...

    def peer_pid(self, client: int) -> int | None: ...

    def launch(self, spec: LaunchSpec, log: LogWriter) -> Identity:
        """Starts the tree; OSError says why not."""

    def start_of(self, pid: int) -> str | None:
        """The start of a process as its `Identity` has it; None when there is no such process."""

    def adopt(self, spec: LaunchSpec, identity: Identity) -> None:
        """Holds a running process that was started elsewhere, and what it starts, as the tree of this spec. Its output
        goes where it went. OSError when it is not that very process any more, or may not be held."""

    def enforced(self, tree: str) -> dict[str, str]:
        """Which limits of the tree the system itself enforces, and by what: {"memory": "control group version 2"}."""

    def ask_to_stop(self, tree: str, signal: str) -> None:
        """Tells the tree to end: a signal to its group (POSIX), a console event (Windows)."""

    def kill(self, tree: str) -> None:
        """Ends every member; goes on by itself until `Emptied`."""

    def members(self) -> dict[str, list[tuple[int, str]]]:
        """Pid and start of each living member, by tree; one walk for all trees."""

    def follow(self, tree: str, on: bool) -> None: ...

    def forget(self, tree: str) -> None:
        """Lets go of all that is held for an ended tree."""

    def survivors(self, prefix: str) -> dict[int, str]:
        """Processes of an earlier keeper: pid → tree id, for ids that begin with `prefix`."""

    def sweep(self, prefix: str, spare: int | None) -> dict[int, str]:
        """Ends the survivors that are not held, except the process `spare`; what was ended."""

    def boot(self) -> str: ...

    def capabilities(self) -> dict[str, Any]: ...

    def close(self) -> None: ...
