"""The door, proven for every route of the application, HTTP and WebSocket alike."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.dependencies.models import Dependant
from starlette.testclient import TestClient
from starlette.websockets import WebSocketDisconnect

from backend.api.application import create_app
from backend.api.depends import Permission
from backend.api.guard import PROXY
from backend.api.on_demand import all_give_way
from backend.config import Settings

HOST = "127.0.0.1:8080"
OURS = f"http://{HOST}"
SOCKET_URL = f"ws://{HOST}"


class Bare:
    """An application without a center: whatever passes the door fails behind it, and that can be seen."""

    def __init__(self, **settings: Any) -> None:
        self.app = create_app(Settings(**settings))
        self.reached: list[str] = []
        inner = self.app.router

        async def note(scope: Any, receive: Any, send: Any) -> None:
            self.reached.append(scope["path"])
            if scope["type"] == "websocket":
                await receive()
                await send({"type": "websocket.close", "code": 4000})
                return
            await send({"type": "http.response.start", "status": 299, "headers": []})
            await send({"type": "http.response.body", "body": b""})

        inner.middleware_stack = note
        self.client = TestClient(self.app, base_url=OURS)


@dataclass(frozen=True)
class Way:
    """One route: its path, its methods (None for a WebSocket) and what it depends on."""

    path: str
    methods: frozenset[str] | None
    dependant: Dependant


def ways_of(app: FastAPI) -> Iterator[Way]:
    """Every route, those of included routers too, whichever way the framework keeps them."""

    def walk(routes: Iterable[Any]) -> Iterator[Way]:
        for route in routes:
            route = getattr(route, "starlette_route", None) or route  # noqa: PLW2901  # the route as it is served
            if hasattr(route, "dependant"):
                methods = getattr(route, "methods", None)
                yield Way(route.path, frozenset(methods) if methods else None, route.dependant)
            else:
                included = getattr(route, "effective_candidates", None)
                nested = list(included() if included is not None else getattr(route, "routes", ()))
                assert nested, f"{route!r} is neither a route nor holds any"
                yield from walk(nested)

    all_give_way(app.routes)
    yield from walk(app.routes)


WAYS = list(ways_of(create_app(Settings())))
HTTP = [(method, re.sub(r"\{[^}]*\}", "1", way.path)) for way in WAYS if way.methods for method in sorted(way.methods)]
TOOLS = [(method, path) for method, path in HTTP if path.startswith(PROXY)]
PAGES = [one for one in HTTP if one not in TOOLS]
SOCKETS = [way.path for way in WAYS if way.methods is None]


def test_all_routes_are_known_here() -> None:
    assert len(PAGES) > 20
    assert {"GET", "POST", "DELETE"} <= {method for method, _ in TOOLS}
    assert {"/api/system/ws", "/api/services/ws", "/api/logs/ws", "/api/events/ws"} <= set(SOCKETS)


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.path)
def test_no_route_lacks_a_permission(way: Way) -> None:
    names = [one.call.name for one in way.dependant.dependencies if isinstance(one.call, Permission)]
    assert len(names) == 1
    assert re.fullmatch(r"[a-z]+:[a-z]+", names[0])


@pytest.mark.parametrize(("method", "path"), HTTP)
def test_a_rebinding_host_is_turned_away_everywhere(method: str, path: str) -> None:
    bare = Bare()
    answer = bare.client.request(method, path, headers={"Host": "evil.example"})
    assert answer.status_code == 400
    assert method == "HEAD" or answer.json()["error_code"] == "host_refused"
    assert bare.reached == []


@pytest.mark.parametrize(("method", "path"), PAGES)
@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://127.0.0.1:3000", "http://127.0.0.1"])
def test_a_foreign_origin_is_turned_away_everywhere(method: str, path: str, origin: str) -> None:
    bare = Bare()
    answer = bare.client.request(method, path, headers={"Host": HOST, "Origin": origin})
    assert (answer.status_code, answer.json()["error_code"]) == (403, "origin_refused")
    assert bare.reached == []


@pytest.mark.parametrize("path", SOCKETS)
@pytest.mark.parametrize(
    "headers",
    [
        {"host": "evil.example"},
        {"host": HOST, "origin": "https://evil.example"},
        {"host": HOST, "origin": "null"},
        {"host": HOST, "sec-fetch-site": "cross-site"},
    ],
)
def test_foreign_sockets_are_turned_away_everywhere(path: str, headers: dict[str, str]) -> None:
    bare = Bare()
    with (
        pytest.raises(WebSocketDisconnect) as refused,
        bare.client.websocket_connect(SOCKET_URL + path, headers=headers),
    ):
        pass
    assert refused.value.code == 1008
    assert bare.reached == []


@pytest.mark.parametrize(("method", "path"), [one for one in PAGES if one[0] not in {"GET", "HEAD"}])
@pytest.mark.parametrize("kind", ["application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "text/plain"])
def test_what_a_form_could_send_changes_nothing(method: str, path: str, kind: str) -> None:
    bare = Bare()
    answer = bare.client.request(method, path, content=b"a=b", headers={"Content-Type": kind})
    assert (answer.status_code, answer.json()["error_code"]) == (415, "form_refused")
    assert bare.reached == []


@pytest.mark.parametrize(("method", "path"), PAGES)
def test_with_a_token_strangers_are_turned_away_everywhere(method: str, path: str) -> None:
    bare = Bare(api_token="correct horse")
    answer = bare.client.request(method, path, headers={"Authorization": "Bearer wrong"})
    assert (answer.status_code, answer.json()["error_code"]) == (401, "token_needed")
    assert bare.client.request(method, path, headers={"Authorization": "Bearer correct horse"}).status_code == 299


@pytest.mark.parametrize("path", SOCKETS)
def test_with_a_token_sockets_of_strangers_are_turned_away(path: str) -> None:
    bare = Bare(api_token="correct horse")
    for query, code in (("", 1008), ("?token=wrong", 1008), ("?token=correct+horse", 4000)):
        with pytest.raises(WebSocketDisconnect) as closed, bare.client.websocket_connect(SOCKET_URL + path + query):
            pass
        assert closed.value.code == code


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Host": "localhost:9"},
        {"Host": "[::1]:8080"},
        {"Host": HOST, "Origin": OURS},
        {"Host": HOST, "Sec-Fetch-Site": "same-origin", "Origin": OURS, "Content-Type": "application/json"},
    ],
)
def test_our_own_pages_and_programs_pass(headers: dict[str, str]) -> None:
    assert Bare().client.post("/api/services/a/start", headers=headers).status_code == 299


def test_curl_without_a_body_passes() -> None:
    bare = Bare()
    bare.client.headers.clear()
    assert bare.client.post("/api/services/a/start").status_code == 299


def test_a_link_from_another_site_may_be_followed_and_its_scripts_may_not_read() -> None:
    visit = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"}
    bare = Bare()
    assert bare.client.get("/ui/", headers=visit).status_code == 299
    assert bare.client.get("/api/services", headers={**visit, "Sec-Fetch-Dest": "iframe"}).status_code == 403
    assert bare.client.get("/api/services", headers={**visit, "Sec-Fetch-Mode": "no-cors"}).status_code == 403


def test_an_origin_that_the_person_allows_passes_and_is_told_so() -> None:
    bare = Bare(cors_origins=("http://localhost:5173",))
    headers = {"Origin": "http://localhost:5173", "Sec-Fetch-Site": "cross-site"}
    answer = bare.client.get("/api/services", headers=headers)
    assert answer.status_code == 299
    assert answer.headers["access-control-allow-origin"] == "http://localhost:5173"
    asked = {**headers, "Access-Control-Request-Method": "POST"}
    assert bare.client.options("/api/services/a/start", headers=asked).status_code == 200


def test_a_browser_brings_the_token_once_and_keeps_it_in_a_cookie_that_scripts_cannot_read() -> None:
    bare = Bare(api_token="correct horse")
    html = {"Accept": "text/html"}
    assert bare.client.get("/ui/", headers=html).status_code == 401
    answer = bare.client.get("/ui/?token=correct+horse&tab=logs", headers=html, follow_redirects=False)
    assert (answer.status_code, answer.headers["location"]) == (303, "/ui/?tab=logs")
    cookie = answer.headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=strict" in cookie
    assert bare.client.get("/ui/", headers=html).status_code == 299


def test_every_answer_carries_the_protective_headers() -> None:
    for answer in (Bare().client.get("/ui/"), Bare().client.get("/", headers={"Host": "evil.example"})):
        assert "script-src 'self'" in answer.headers["content-security-policy"]
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["x-frame-options"] == "DENY"


@pytest.mark.parametrize(("method", "path"), TOOLS)
@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": OURS},
        {"Origin": "http://localhost:5173"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-origin"},
        {"Sec-Fetch-Site": "none", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"},
    ],
)
def test_no_browser_reaches_a_provider(method: str, path: str, headers: dict[str, str]) -> None:
    bare = Bare(cors_origins=("http://localhost:5173",))
    answer = bare.client.request(method, path, headers={"Host": HOST, **headers})
    assert answer.status_code == 403
    assert method == "HEAD" or answer.json()["error_code"] == "browser_refused"
    assert bare.reached == []


@pytest.mark.parametrize("kind", ["application/json", "multipart/form-data; boundary=x"])
def test_tools_reach_providers_with_keys_of_their_own(kind: str) -> None:
    """As the clients of providers send it, those for Node too; the token of this daemon is not theirs to know."""
    bare = Bare(api_token="correct horse")
    headers = {"Authorization": "Bearer sk-theirs", "Content-Type": kind, "Sec-Fetch-Mode": "cors"}
    assert bare.client.post("/proxy/openai/chat/completions", content=b"x", headers=headers).status_code == 299
    assert bare.client.post("/Proxy/openai/x", headers={"Authorization": "Bearer no"}).status_code == 401
