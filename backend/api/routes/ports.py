"""Ports: who listens, and what a server that asks for one would meet."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Query

from backend.api.depends import CenterDep, permission
from backend.api.problems import problems
from backend.api.schemas.ports import PortList, PortLook, PortView
from backend.core.errors import Unprocessable

router = APIRouter(prefix="/api/system/ports", tags=["ports"])


class EmptyRange(Unprocessable):
    code, title = "empty_range", "The range of ports is empty"


PortNumber = Annotated[int | None, Query(ge=1, le=65535)]


@router.get("", dependencies=[permission("ports:read")], responses=problems(422))
async def list_ports(center: CenterDep, start: PortNumber = None, end: PortNumber = None) -> PortList:
    """TCP listeners and bound UDP sockets from `start` to `end`, both included, with their owners.

    Without them the range is `PORT_SCAN_START` to `PORT_SCAN_END` of the settings (3000 to 9000).
    """
    first = center.settings.port_scan_start if start is None else start
    last = center.settings.port_scan_end if end is None else end
    if first > last:
        raise EmptyRange(f"The first port, {first}, is above the last, {last}: give a start that is not above the end.")
    found = [PortView.model_validate(row) for row in await center.ports.listeners(first, last)]
    return PortList(count=len(found), start=first, end=last, ports=found)


@router.get("/{port}", dependencies=[permission("ports:read")], responses=problems(422))
async def look_at_port(center: CenterDep, port: Annotated[int, Path(ge=1, le=65535)]) -> PortLook:
    """Whether the port is free, used and by whom, reserved by the system, or taken elsewhere."""
    return PortLook.model_validate(await center.ports.look(port))
