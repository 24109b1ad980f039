"""What is known of ports. Addresses are in their textual form, unbracketed: `127.0.0.1`, `::1`, `::`."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Literal, NamedTuple

Transport = Literal["tcp", "udp"]
PortState = Literal["free", "used", "reserved", "elsewhere"]
OwnerOf = Callable[[Collection[int]], Awaitable[Mapping[int, str]]]
"""Those of the given pids that belong to a service of ours (children of its processes too), with the service's id."""

WILDCARDS = frozenset({"0.0.0.0", "::"})  # noqa: S104
LOOPBACKS = frozenset({"127.0.0.1", "::1"})


class Listener(NamedTuple):
    """A socket that waits for the world: a TCP listener, or a UDP socket that is bound and has no peer.

    `pid` and `name` are None where this user may not know them, `service` where it is none of ours.
    """

    port: int
    protocol: Transport
    address: str
    pid: int | None
    name: str | None
    service: str | None = None

    @property
    def status(self) -> str:
        return "LISTEN" if self.protocol == "tcp" else "NONE"


@dataclass(frozen=True, slots=True)
class Owner:
    pid: int | None
    name: str | None
    address: str
    protocol: Transport
    service: str | None

    def __str__(self) -> str:
        who = (
            "a process that this user may not see"
            if self.pid is None
            else f"{self.name or 'a process'} (pid {self.pid})"
        )
        return f"{who} of the service {self.service}" if self.service else who


@dataclass(frozen=True, slots=True)
class PortReport:
    """The answer to "may a service take this TCP port?".

    `free`: a server may bind it on loopback and on all interfaces. `used`: somebody has it there; `owners` says who, as
    far as this user may know. `reserved`: the system itself refuses it. `elsewhere`: taken on one interface only, so
    that a server on loopback still works and one on all interfaces may not. `detail` is for people.
    """

    port: int
    state: PortState
    detail: str
    owners: tuple[Owner, ...] = ()
