"""What routes are given: the center, and the permission that each must declare."""

from __future__ import annotations

from typing import Annotated, Any, cast

from fastapi import Depends
from fastapi.requests import HTTPConnection

from backend.center import Center


async def _center(connection: HTTPConnection) -> Center:
    return cast(Center, connection.app.state.center)


CenterDep = Annotated[Center, Depends(_center)]


class Permission:
    """A named right. In this ring everyone who passes the guard is the user `local`, who has them all."""

    def __init__(self, name: str) -> None:
        self.name = name

    async def __call__(self, connection: HTTPConnection) -> None:
        connection.state.permission = self.name


def permission(name: str) -> Any:
    """Declares what a route needs, e.g. `services:start`; no route may lack one."""
    return Depends(Permission(name))
