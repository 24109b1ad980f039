"""What the API says of ports."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field


class _View(BaseModel):
    model_config = ConfigDict(from_attributes=True)


class PortView(_View):
    """A TCP listener, or a UDP socket that is bound and has no peer."""

    port: int
    protocol: Literal["tcp", "udp"]
    address: str = Field(description="local address without brackets: `127.0.0.1`, `::1`, `0.0.0.0`")
    pid: int | None = Field(description="its process; null where this user may not know")
    name: str | None = Field(description="name of that process", serialization_alias="process_name")
    status: str = Field(description="`LISTEN`; `NONE` for UDP")
    service: str | None = Field(description="id of our service that owns the process, children included")


class PortList(BaseModel):
    count: int
    start: int
    end: int
    ports: list[PortView] = Field(description="ascending by port")


class PortOwner(_View):
    pid: int | None = Field(description="null where this user may not know")
    name: str | None
    address: str
    protocol: Literal["tcp", "udp"]
    service: str | None


class PortLook(_View):
    """What a TCP server that asks for this port would meet."""

    port: int
    state: Literal["free", "used", "reserved", "elsewhere"] = Field(
        description="`used` on loopback or all interfaces; `reserved`: the system refuses it; "
        "`elsewhere`: taken on another interface, free on loopback"
    )
    detail: str = Field(description="the same in words, with what to do")
    owners: list[PortOwner]
