"""What the threads of the Windows host put into its queue. `key` is the number under which it holds a tree."""

from __future__ import annotations

from dataclasses import dataclass

from keeper.host import Happening


@dataclass(frozen=True)
class RootEnded:
    key: int


@dataclass(frozen=True)
class JobEmptied:
    key: int


@dataclass(frozen=True)
class MemoryRefused:
    key: int


@dataclass(frozen=True)
class Wrote:
    key: int


@dataclass(frozen=True)
class Drained:
    """All output of the tree is in its log."""

    key: int


News = RootEnded | JobEmptied | MemoryRefused | Wrote | Drained | Happening
