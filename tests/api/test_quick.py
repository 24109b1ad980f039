"""Quick routes answer as the framework does, and leave to it what they do not understand."""

from __future__ import annotations

import re
from typing import Annotated, Any

import fastapi.routing
import httpx
import pytest
from fastapi import APIRouter, Depends, FastAPI, Header, Path, Query, Response
from fastapi.requests import HTTPConnection
from fastapi.routing import APIRoute
from pydantic import BaseModel

from backend.api.problems import install_problems
from backend.api.quick import QuickRoute
from backend.api.routes import supervisor
from backend.core.errors import NotFound

Name = Annotated[str, Path(pattern="^[a-z]+$")]


class Greeting(BaseModel):
    text: str
    port: int


async def _port(connection: HTTPConnection) -> int:
    return int(connection.url.port or 0)


async def _language(accept_language: Annotated[str, Header()] = "") -> str:
    return accept_language


def _application(route: type[APIRoute]) -> FastAPI:
    router = APIRouter(prefix="/greet", route_class=route)

    @router.post("/{name}")
    async def greet(
        name: Name,
        port: Annotated[int, Depends(_port)],
        response: Response,
        times: Annotated[int, Query(gt=0)] = 1,
    ) -> Greeting:
        if name == "nobody":
            raise NotFound("There is nobody.")
        response.status_code = 202 if name == "later" else 200
        response.headers["x-name"] = name
        return Greeting(text=f"{name} " * times, port=port)

    @router.post("/{name}/language")
    async def language(name: Name, spoken: Annotated[str, Depends(_language)]) -> Greeting:
        return Greeting(text=f"{name}: {spoken}", port=0)

    @router.post("/{name}/made", response_model=Greeting)
    async def made(name: Name) -> Response:
        return Response(name, 201, media_type="text/plain")

    app = FastAPI()
    app.routes.extend(router.routes)
    install_problems(app)
    return app


async def _ask(route: type[APIRoute], path: str) -> httpx.Response:
    transport = httpx.ASGITransport(_application(route))
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8080") as client:
        return await client.post(path, headers={"Accept-Language": "fi"})


def _said(answer: httpx.Response) -> str:
    """All but when it was said."""
    return re.sub(r'"timestamp":"[^"]*"', "", answer.text)


PATHS = [
    *("/greet/anna", "/greet/later", "/greet/nobody", "/greet/ANNA", "/greet/anna?times=3", "/greet/anna?times=0"),
    *("/greet/anna/language", "/greet/anna/made", "/greet/ANNA/made"),
]


@pytest.mark.parametrize("path", PATHS)
async def test_the_answer_is_that_of_the_framework(path: str) -> None:
    theirs, ours = await _ask(APIRoute, path), await _ask(QuickRoute, path)
    assert (ours.status_code, _said(ours)) == (theirs.status_code, _said(theirs))
    assert dict(ours.headers) == dict(theirs.headers)


async def test_without_a_query_nothing_is_solved(monkeypatch: pytest.MonkeyPatch) -> None:
    async def solve(**_: Any) -> None:
        raise NotFound("solved by the framework")

    monkeypatch.setattr(fastapi.routing, "solve_dependencies", solve)
    assert (await _ask(QuickRoute, "/greet/anna")).json() == {"text": "anna ", "port": 8080}
    for path in ("/greet/anna?times=3", "/greet/ANNA", "/greet/anna/language"):
        assert "solved by the framework" in (await _ask(QuickRoute, path)).text


@pytest.mark.parametrize("what", ["start", "stop", "restart"])
def test_wishes_are_quick(what: str) -> None:
    route = next(one for one in supervisor.router.routes if getattr(one, "name", "") == f"{what}_service")
    assert isinstance(route, QuickRoute)
    assert route.quick
