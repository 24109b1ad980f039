"""`/proxy/{provider}/…`: a provider of models under an address of this daemon, so that what tools ask of it is metered.

Bytes go through as they come, both ways. When the client goes, what it asked for is given up at once; when the provider
breaks off, the client sees a connection that breaks off.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from contextlib import suppress
from http import HTTPMethod
from typing import Any, cast
from urllib.parse import unquote_to_bytes

from fastapi import APIRouter, Request, Response
from fastapi.routing import APIRoute
from starlette.types import Receive, Scope, Send

from backend.api.depends import permission
from backend.api.guard import PROXY
from backend.core.errors import NotFound
from backend.hanging_up import HANG_UP
from backend.services.usage.connection import UpstreamCut, UpstreamError
from backend.services.usage.headers import Header, response_headers
from backend.services.usage.meter import Meter, Passage, escapes
from backend.services.usage.meter import Request as Asked
from backend.services.usage.model import Provider
from backend.services.usage.refusals import over_budget, refusal
from backend.services.usage.upstream import Exchange


class _Quick(APIRoute):
    """Has nothing to solve: the endpoint gets the request, and answers by itself."""

    def get_route_handler(self) -> Any:
        needs: Any = self.dependant

        async def handle(request: Request) -> Response:
            for other in needs.dependencies:
                await other.call(request)
            answer: Response = await needs.call(request)
            return answer

        return handle


HANGING_UP = 5.0  # seconds that what was sent has to reach a client that is hung up on

router = APIRouter(include_in_schema=False, route_class=_Quick)

_METHODS = [method.value for method in HTTPMethod if method not in {HTTPMethod.CONNECT, HTTPMethod.TRACE}]


@router.api_route(PROXY + "{provider}/{rest:path}", methods=_METHODS, dependencies=[permission("usage:call")])
async def call_provider(request: Request) -> Response:
    """What the provider answers."""
    return _Answer(request.app.state.center.meter, request.path_params["provider"])


class _Gone(Exception):
    """The client has hung up."""


class _Answer(Response):
    """Reads the request and writes the answer itself, as both come."""

    def __init__(self, meter: Meter, provider: str) -> None:
        super().__init__()
        self._meter = meter
        self._provider = provider

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        with suppress(_Gone):
            request = await self._request(scope, receive)
            async with self._meter.passing(request) as (passage, provider):
                await _Passing(self._meter, passage, provider, request).run(receive, send, _way_to_hang_up(scope))

    async def _request(self, scope: Scope, receive: Receive) -> Asked:
        rest = _rest(scope["raw_path"], self._provider)
        body, whole = await _beginning(receive, self._meter.reads(self._provider))
        return Asked(
            provider=self._provider,
            method=scope["method"],
            rest=rest,
            query=scope["query_string"],
            headers=list(scope["headers"]),
            body=body,
            whole=whole,
            client=scope["client"],
            server=scope["server"],
        )


class _Passing:
    """One call, in both directions at once."""

    def __init__(self, meter: Meter, passage: Passage, provider: Provider, request: Asked) -> None:
        self._meter = meter
        self._passage = passage
        self._provider = provider
        self._request = request
        self._exchange: asyncio.Future[Exchange] = asyncio.get_running_loop().create_future()

    async def run(self, receive: Receive, send: Send, hang_up: Callable[[], None]) -> None:
        """Until the answer has passed, or the client is gone. `hang_up` ends the client's connection once all that was
        sent is on its way."""
        down = asyncio.ensure_future(self._down(send))
        up = asyncio.ensure_future(self._up(receive))
        try:
            await asyncio.wait({down, up}, return_when=asyncio.FIRST_COMPLETED)
            if self._passage.outcome == "cut":
                hang_up()
                await asyncio.wait({up}, timeout=HANGING_UP)
        except asyncio.CancelledError:  # the daemon ends, and has waited as long as it does
            hang_up()
        finally:
            down.cancel()
            up.cancel()
            await asyncio.wait({down, up})
        if not down.cancelled():
            down.result()

    async def _up(self, receive: Receive) -> None:
        """What is left of the body; then until the client is gone, which ends it all."""
        more = not self._request.whole
        while (message := await receive())["type"] != "http.disconnect":
            if more:
                more = message.get("more_body", False)
                await (await asyncio.shield(self._exchange)).send(message.get("body", b""), last=not more)

    async def _down(self, send: Send) -> None:
        if self._passage.refusing is not None:
            words = over_budget(self._passage.refusing)
            self._passage.outcome = "refused"
            await self._refuse(send, 429, "budget_spent", words)
            return
        try:
            async with await self._meter.exchange(self._passage, self._provider, self._request) as exchange:
                self._exchange.set_result(exchange)
                await self._pass_on(exchange, send)
        except UpstreamError as error:
            self._passage.outcome = "failed"
            await self._refuse(
                send, 502, "provider_unreachable", f"Control Center cannot reach {self._provider.id}: {error}."
            )
        except UpstreamCut:
            self._passage.outcome = "cut"

    async def _pass_on(self, exchange: Exchange, send: Send) -> None:
        status, headers = await exchange.answer()
        self._meter.answered(self._passage, status, headers)
        await send({"type": "http.response.start", "status": status, "headers": response_headers(status, headers)})
        more = True
        while more:
            block, more = await exchange.block()
            await send({"type": "http.response.body", "body": block, "more_body": more})
            self._meter.passed(self._passage, block)
        self._meter.over(self._passage)

    async def _refuse(self, send: Send, status: int, code: str, words: str) -> None:
        self._passage.status = status
        body = refusal(self._provider.dialect, status, code, words)
        headers: Sequence[Header] = [
            (b"content-type", b"application/json"),
            (b"content-length", str(len(body)).encode("ascii")),
        ]
        if status == 429:
            headers = [*headers, (b"x-should-retry", b"false")]  # by which the providers' own clients do not insist
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": body, "more_body": False})


def _rest(raw: bytes, provider: str) -> bytes:
    """The path behind the provider, as it stood on the wire. Raises `NotFound`."""
    named, slash, rest = raw.removeprefix(PROXY.encode("ascii")).partition(b"/")
    if unquote_to_bytes(named) != provider.encode() or not slash or not raw.startswith(PROXY.encode("ascii")):
        raise NotFound(f"Write the address as {PROXY}<provider>/…, its slashes as they are.")
    if escapes(slash + rest):
        raise NotFound("The path leads out of what the provider offers: leave out `.` and `..`.")
    return slash + rest


def _way_to_hang_up(scope: Scope) -> Callable[[], None]:
    """Nothing to do where the server offers none: it breaks off an answer without an end by itself."""
    offered = scope.get("extensions", {}).get(HANG_UP)
    return (lambda: None) if offered is None else cast(Callable[[], None], offered["close"])


async def _beginning(receive: Receive, most: int) -> tuple[bytes, bool]:
    """The first bytes of the body, about `most` where it is longer, and whether they are all. Raises `_Gone`."""
    body = bytearray()
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise _Gone
        body += message.get("body", b"")
        if not message.get("more_body", False):
            return bytes(body), True
        if len(body) >= most:
            return bytes(body), False
