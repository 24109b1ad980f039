"""The meter: what a tool asks of a paid API passes through here and is counted, and neither of them notices.

Nothing is kept of what is asked and answered but the figures. What comes is handed on before it is looked at. Keys go
on to the provider and are read, stored and logged by nobody here.
"""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from urllib.parse import unquote, urlsplit

from backend.core.clock import Clock
from backend.services.ports.connections import Address
from backend.services.usage.asked import READ_WHOLE, Asked, asked_in, asking_usage, is_call
from backend.services.usage.budgets import Standing
from backend.services.usage.callers import Callers
from backend.services.usage.connection import Head
from backend.services.usage.errors import UnknownProvider
from backend.services.usage.headers import Header, request_headers, value_of
from backend.services.usage.ledger import UsageLedger
from backend.services.usage.model import Call, Outcome, Owner, Provider
from backend.services.usage.observer import Observer
from backend.services.usage.section import Section
from backend.services.usage.upstream import Exchange, Origin, Upstream

log = logging.getLogger(__name__)

KEY = re.compile(r"[A-Za-z0-9_-]{1,100}")
LONGEST_ENDPOINT = 200
OWNER_PATIENCE = 1.0  # seconds that a record waits to learn who called
MOST_REWRITTEN = 1 << 26  # bytes of a body to which a wish can be added
REWRITE_HERE = 1 << 16  # bytes of a body that is rewritten without a thread


@dataclass(frozen=True, slots=True)
class Request:
    """What came. `rest` is the path behind the provider, as it stood on the wire; `body` what is known of the body,
    `whole` whether that is all of it. `client` and `server` are the ends of the connection."""

    provider: str
    method: str
    rest: bytes
    query: bytes
    headers: list[Header]
    body: bytes
    whole: bool
    client: Address | None
    server: Address | None


@dataclass(slots=True)
class Passage:
    """One call on its way through: what is known of it by now. `named` is whom the key in the address names."""

    call: Call
    began: float
    named: Owner | None
    owner: asyncio.Future[Owner | None]
    counted: bool
    observer: Observer | None = None
    first_byte: float | None = None
    first_token: float | None = None
    outcome: Outcome = "cancelled"  # until something else is known
    status: int | None = None
    refusing: Standing | None = None


class Meter:
    """`section` is what the configuration says now, `token` the daemon's own, which never goes on to a provider."""

    def __init__(
        self,
        *,
        ledger: UsageLedger,
        callers: Callers,
        clock: Clock,
        section: Callable[[], Section],
        token: str | None,
    ) -> None:
        self._ledger = ledger
        self._callers = callers
        self._clock = clock
        self._section = section
        self._token = None if token is None else token.encode()
        self._upstream = Upstream()
        self._recording: set[asyncio.Task[None]] = set()

    def provider(self, name: str) -> tuple[Provider, str | None]:
        """The provider and the key in `provider~key`. Raises `UnknownProvider`."""
        wanted, tilde, key = name.partition("~")
        known = self._section().providers
        if wanted not in known:
            raise UnknownProvider(f"There is no provider `{wanted[:100]}`. There is: {', '.join(sorted(known))}.")
        if tilde and not KEY.fullmatch(key):
            raise UnknownProvider("What follows ~ names who calls: up to 100 letters, digits, - and _.")
        return known[wanted], key or None

    @asynccontextmanager
    async def passing(self, request: Request) -> AsyncIterator[tuple[Passage, Provider]]:
        """The passage of a call, which is recorded when it is left, however that comes."""
        provider, key = self.provider(request.provider)
        path = request.rest.decode("latin-1")
        asked = asked_in(request.body, value_of(request.headers, b"content-type"), path)
        named = None if key is None else Owner(key)
        passage = Passage(
            call=self._call(provider, asked, path),
            began=self._clock.monotonic(),
            named=named,
            owner=asyncio.ensure_future(self._owner(request, named)),
            counted=is_call(request.method, path),
        )
        try:
            if passage.counted:
                passage.refusing = await self._refusing(passage)
            yield passage, provider
        finally:
            seconds = self._clock.monotonic() - passage.began
            recording = asyncio.get_running_loop().create_task(self._record(passage, seconds), name="usage of a call")
            self._recording.add(recording)
            recording.add_done_callback(self._recording.discard)

    async def exchange(self, passage: Passage, provider: Provider, request: Request) -> Exchange:
        """What is sent to the provider; enter it to begin."""
        changed = (
            await _asking_usage(request.body) if provider.ask_usage and request.whole and passage.counted else None
        )
        body = request.body if changed is None else changed
        origin = Origin.of(provider.base_url)
        length = None if changed is None else len(changed)
        headers = request_headers(request.headers, origin.authority, length=length, ours=self._token)
        target = urlsplit(provider.base_url).path.encode("ascii") + request.rest
        if request.query:
            target += b"?" + request.query
        head = Head(request.method.encode("ascii"), target or b"/", headers)
        return Exchange(self._upstream, origin, head, body, whole=request.whole)

    def answered(self, passage: Passage, status: int, headers: list[Header]) -> None:
        passage.status = status
        passage.observer = Observer(value_of(headers, b"content-type"), value_of(headers, b"content-encoding"))

    def passed(self, passage: Passage, block: bytes) -> None:
        """This block has gone on to the client."""
        if passage.first_byte is None and block:
            passage.first_byte = self._clock.monotonic() - passage.began
        observer = passage.observer
        if observer is None or not passage.counted:
            return
        observer.feed(block)
        if observer.words and passage.first_token is None:
            passage.first_token = self._clock.monotonic() - passage.began

    def over(self, passage: Passage) -> None:
        """The answer has ended well."""
        assert passage.status is not None
        passage.outcome = "completed" if passage.status < 400 else "failed"

    async def close(self) -> None:
        """What has passed is on its way into the ledger when this returns."""
        self._upstream.close()
        if self._recording:
            await asyncio.wait(set(self._recording), timeout=2 * OWNER_PATIENCE)  # each waits for its caller first

    def reads(self, name: str) -> int:
        """How many bytes of a body are wanted before it is passed on. Raises `UnknownProvider`."""
        provider, _ = self.provider(name)
        return MOST_REWRITTEN if provider.ask_usage else READ_WHOLE

    # Parts

    def _call(self, provider: Provider, asked: Asked, path: str) -> Call:
        return Call(
            at=self._clock.now(),
            provider=provider.id,
            model=asked.model,
            outcome="cancelled",
            endpoint=path[:LONGEST_ENDPOINT],
        )

    async def _owner(self, request: Request, named: Owner | None) -> Owner | None:
        """The owner of the socket, else whom the key names."""
        if request.client is None or request.server is None:
            return named
        return await self._callers.of(request.client, request.server) or named

    async def _refusing(self, passage: Passage) -> Standing | None:
        owner = await passage.owner if self._ledger.budgets.by_service else None
        return self._ledger.refusing(owner, passage.call.provider, passage.call.model)

    async def _record(self, passage: Passage, seconds: float) -> None:
        if not passage.counted:
            passage.owner.cancel()
            return
        model, used = (None, None) if passage.observer is None else passage.observer.result()
        self._ledger.record(
            replace(
                passage.call,
                model=passage.call.model or model,
                outcome=passage.outcome,
                owner=await self._known_owner(passage),
                used=used,
                status=passage.status,
                streamed=passage.observer is not None and passage.observer.streamed,
                first_byte=passage.first_byte,
                first_token=passage.first_token,
                seconds=seconds,
            )
        )

    async def _known_owner(self, passage: Passage) -> Owner | None:
        done, _ = await asyncio.wait({passage.owner}, timeout=OWNER_PATIENCE)
        if not done or passage.owner.cancelled() or passage.owner.exception() is not None:
            passage.owner.cancel()
            return passage.named
        return passage.owner.result()


async def _asking_usage(body: bytes) -> bytes | None:
    return asking_usage(body) if len(body) <= REWRITE_HERE else await asyncio.to_thread(asking_usage, body)


def escapes(rest: bytes) -> bool:
    """Whether the path would leave the provider's own."""
    return any(part in {".", ".."} for part in unquote(rest.decode("latin-1")).replace("\\", "/").split("/"))
