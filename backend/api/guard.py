"""The door. Any web page can reach 127.0.0.1, so each request and each WebSocket is looked at before anything else:

1. `Host` names this machine (DNS rebinding).
2. `Origin`, where there is one, is ours or allowed in `CORS_ORIGINS`; what a browser marks as cross-site is refused.
3. What changes something did not come as a form, which a page may send anywhere without asking.
4. With an `API_TOKEN`, whoever comes knows it.

Tools call their providers below `/proxy/` with the providers' own clients, which know no token of ours and send what
they like, forms too. So there, instead of 2 to 4, no browser may come at all: it marks its requests, and they do not.

Pure ASGI and outermost, for `http` and `websocket` alike; also puts the protective headers on every answer.
"""

from __future__ import annotations

import hmac
from collections.abc import Collection
from dataclasses import dataclass
from http.cookies import SimpleCookie
from urllib.parse import parse_qsl, urlencode

from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from backend.api.problems import problem

COOKIE = "control_center_token"
FORMS = {"application/x-www-form-urlencoded", "multipart/form-data", "text/plain"}
READING = {"GET", "HEAD", "OPTIONS"}
POLICY = (
    "default-src 'self'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
    "connect-src 'self' ws: wss:; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
)
HEADERS = {
    b"content-security-policy": POLICY.encode(),
    b"x-content-type-options": b"nosniff",
    b"x-frame-options": b"DENY",
    b"referrer-policy": b"no-referrer",
    b"cross-origin-resource-policy": b"same-origin",
}


PROXY = "/proxy/"


@dataclass(frozen=True)
class Refusal:
    status: int
    code: str
    detail: str


class Guard:
    def __init__(
        self, app: ASGIApp, *, hosts: Collection[str], origins: Collection[str], token: str | None = None
    ) -> None:
        self._app = app
        self._hosts = {host.lower().strip("[]") for host in hosts}
        self._origins = set(origins)
        self._token = token

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in {"http", "websocket"}:
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        refusal = self._foreign(scope, headers)
        if refusal is None and self._token is not None and not _by_tool(scope):
            if (entry := self._entry(scope, headers)) is not None:
                await entry(scope, receive, send)
                return
            refusal = self._stranger(scope, headers)
        if refusal is None:
            await self._app(scope, receive, _with_headers(send) if scope["type"] == "http" else send)
        elif scope["type"] == "websocket":
            await _refuse_socket(refusal, receive, send)
        else:
            await _answer(refusal, headers)(scope, receive, _with_headers(send))

    def _foreign(self, scope: Scope, headers: Headers) -> Refusal | None:
        host = headers.get("host", "")
        if _name(host) not in self._hosts:
            return Refusal(
                400, "host_refused",
                f"The host {host or '(none)'!r} is not served. Use http://127.0.0.1, or add the name to ALLOWED_HOSTS.",
            )  # fmt: skip
        if _by_tool(scope):
            return _BROWSER if "origin" in headers or "sec-fetch-site" in headers else None
        return self._foreign_page(scope, headers, host)

    def _foreign_page(self, scope: Scope, headers: Headers, host: str) -> Refusal | None:
        origin = headers.get("origin")
        allowed = origin in self._origins
        if origin is not None and not allowed and origin not in _own_origins(host):
            return Refusal(
                403, "origin_refused", f"Pages of {origin} may not use this daemon. CORS_ORIGINS lists those that may."
            )
        if allowed:
            return None
        if headers.get("sec-fetch-site") in {"cross-site", "same-site"} and not _is_visit(scope, headers):
            return Refusal(403, "cross_site", "Requests that another site causes are refused.")
        if scope["type"] == "http" and scope["method"] not in READING and _media_type(headers) in FORMS:
            return Refusal(
                415, "form_refused",
                "Forms and plain text are refused, because any web page could send them. Send JSON with "
                "Content-Type: application/json, or no body.",
            )  # fmt: skip
        return None

    def _stranger(self, scope: Scope, headers: Headers) -> Refusal | None:
        if scope["type"] == "http" and scope["method"] == "OPTIONS" and "access-control-request-method" in headers:
            return None  # a browser asks before it sends the token
        scheme, _, bearer = headers.get("authorization", "").partition(" ")
        cookie = SimpleCookie(headers.get("cookie", "")).get(COOKIE)
        given = [bearer if scheme.lower() == "bearer" else "", headers.get("x-api-token", "")]
        given.append(cookie.value if cookie is not None else "")
        if scope["type"] == "websocket":
            given.append(_query_token(scope))
        if any(self._knows(one) for one in given):
            return None
        return Refusal(
            401, "token_needed", "This daemon wants its API_TOKEN: send `Authorization: Bearer …`, or open /ui/?token=…"
        )

    def _entry(self, scope: Scope, headers: Headers) -> Response | None:
        """A person's browser brings the token in the address once; from then on a cookie has it."""
        if scope["type"] != "http" or scope["method"] != "GET" or "text/html" not in headers.get("accept", ""):
            return None
        if not self._knows(_query_token(scope)):
            return None
        rest = [(name, value) for name, value in _query(scope) if name != "token"]
        response = RedirectResponse(scope["path"] + (f"?{urlencode(rest)}" if rest else ""), status_code=303)
        assert self._token is not None
        response.set_cookie(COOKIE, self._token, httponly=True, samesite="strict", max_age=365 * 86400)
        return response

    def _knows(self, given: str) -> bool:
        return self._token is not None and hmac.compare_digest(given.encode(), self._token.encode())


_BROWSER = Refusal(
    403, "browser_refused", "What is below /proxy/ is for tools: web pages and browsers may not call it."
)


def _by_tool(scope: Scope) -> bool:
    path: str = scope["path"]
    return scope["type"] == "http" and path.startswith(PROXY)


def _name(host: str) -> str:
    """Without the port: `[::1]:8080` → `::1`."""
    host = host.lower()
    if host.startswith("["):
        return host[1:].partition("]")[0]
    return host.partition(":")[0]


def _own_origins(host: str) -> tuple[str, str]:
    return f"http://{host}", f"https://{host}"


def _is_visit(scope: Scope, headers: Headers) -> bool:
    """A person follows a link here from elsewhere; nothing of the answer reaches the other page."""
    return (
        scope["type"] == "http"
        and scope["method"] == "GET"
        and headers.get("sec-fetch-mode") == "navigate"
        and headers.get("sec-fetch-dest") == "document"
    )


def _media_type(headers: Headers) -> str:
    return headers.get("content-type", "").partition(";")[0].strip().lower()


def _query(scope: Scope) -> list[tuple[str, str]]:
    return parse_qsl(scope.get("query_string", b"").decode("latin-1"), keep_blank_values=True)


def _query_token(scope: Scope) -> str:
    return dict(_query(scope)).get("token", "")


def _answer(refusal: Refusal, headers: Headers) -> Response:
    if refusal.status == 401 and "text/html" in headers.get("accept", ""):
        return PlainTextResponse(refusal.detail, status_code=401)
    response = problem(refusal.status, refusal.code, "Refused", refusal.detail)
    if refusal.status == 401:
        response.headers["WWW-Authenticate"] = "Bearer"
    return response


async def _refuse_socket(refusal: Refusal, receive: Receive, send: Send) -> None:
    """Closed before it is accepted: the client sees 403."""
    await receive()
    await send({"type": "websocket.close", "code": 1008, "reason": refusal.code})


def _with_headers(send: Send) -> Send:
    async def protected(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = message["headers"]
            given = {name for name, _ in headers}
            headers = [*headers, *(header for header in HEADERS.items() if header[0] not in given)]
            message = {**message, "headers": headers}
        await send(message)

    return protected
