"""Routes that come with the first request for them."""

from __future__ import annotations

import asyncio
import subprocess
import sys

import httpx
import pytest
from starlette.routing import Route, WebSocketRoute

from backend.api.application import ROUTES, create_app
from backend.api.on_demand import OnDemand
from backend.config import ROOT, Settings

ON_DEMAND = [route for route in ROUTES if isinstance(route, OnDemand)]
FIRST_REQUESTS = """
import sys
from starlette.testclient import TestClient
from backend.api.application import create_app
from backend.config import Settings

def there():
    return sorted(name.rsplit(".", 1)[1] for name in sys.modules if name.startswith("backend.api.routes."))

client = TestClient(create_app(Settings()), base_url="http://127.0.0.1")
for path in ("/api/nothing", "/api/alertsandmore", "/api/alerts", "/api/alerts/rules"):
    print(client.delete(path).status_code, *there())
"""


def places(area: OnDemand) -> list[str]:
    return [route.path for route in area.load() if isinstance(route, Route | WebSocketRoute)]


@pytest.mark.parametrize("area", ON_DEMAND, ids=lambda area: places(area)[0])
def test_all_of_them_lie_where_they_are_looked_for(area: OnDemand) -> None:
    assert len(places(area)) == len(area.load())
    assert [path for path in places(area) if not area.holds(path)] == []


def test_an_area_comes_with_the_first_request_for_it_and_alone() -> None:
    found = subprocess.run([sys.executable, "-c", FIRST_REQUESTS], cwd=ROOT, capture_output=True, text=True, check=True)
    assert found.stdout.splitlines() == [
        "404 supervisor",
        "404 supervisor",
        "405 alerts supervisor",
        "405 alerts supervisor",
    ]


async def test_first_requests_that_come_at_once_are_all_answered_and_bring_it_once() -> None:
    app = create_app(Settings())
    before = len(app.routes)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://127.0.0.1") as client:
        answers = await asyncio.gather(*(client.delete("/api/alerts") for _ in range(5)))
    assert [answer.status_code for answer in answers] == [405] * 5
    [area] = [one for one in ON_DEMAND if one.holds("/api/alerts")]
    assert area not in app.routes
    assert len(app.routes) == before - 1 + len(area.load())
