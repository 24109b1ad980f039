"""Routes that are imported when the first request for them comes: a daemon that nobody looks at is spared them all."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterable, Sequence
from importlib import import_module

from fastapi import APIRouter
from fastapi.routing import APIRoute
from starlette.routing import BaseRoute, Match
from starlette.types import Receive, Scope, Send


class OnDemand(BaseRoute):
    """Stands among the routes of an application for those of `module`, which all lie at one of `places` or below, such
    as `/api/runs/{run_id}/logs`. The first request for such a place has them put where this stood, and looks again.
    """

    def __init__(self, module: str, *places: str) -> None:
        self._module = module
        self._places = re.compile(f"(?:{'|'.join(re.sub('{[^}]*}', '[^/]+', place) for place in places)})(?:/|$)")

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        return (Match.FULL if self.holds(scope["path"]) else Match.NONE), {}

    def holds(self, path: str) -> bool:
        return self._places.match(path) is not None

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        await asyncio.to_thread(self.load)
        self.give_way(scope["router"].routes)
        await scope["router"].app(scope, receive, send)

    def load(self) -> Sequence[BaseRoute]:
        """Takes tens of milliseconds the first time."""
        return own_routes(import_module(self._module).router)

    def give_way(self, routes: list[BaseRoute]) -> None:
        """By the event loop alone; nothing is changed where another request has come first."""
        theirs = self.load()
        if self in routes:
            place = routes.index(self)
            routes[place : place + 1] = theirs


def own_routes(router: APIRouter) -> Sequence[BaseRoute]:
    """As an application takes them for its own: those of an included router are looked through twice a request."""
    for route in router.routes:
        if isinstance(route, APIRoute):
            route.operation_id = route.name
    return router.routes


def load_all(routes: Iterable[BaseRoute]) -> None:
    """Blocking. They stand where they stood, and give way without delay from now on."""
    for route in list(routes):
        if isinstance(route, OnDemand):
            route.load()


def all_give_way(routes: list[BaseRoute]) -> None:
    for route in list(routes):
        if isinstance(route, OnDemand):
            route.give_way(routes)
