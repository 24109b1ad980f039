"""`/docs`, `/redoc` and `/openapi.json`: the reference of the API, without any network beyond the daemon."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from html import escape

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, JSONResponse

from backend.api.depends import permission
from backend.api.on_demand import load_all
from backend.core.errors import CenterError

router = APIRouter(include_in_schema=False)

_PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>Control Center: API reference</title>
<link rel="icon" href="/ui/favicon.svg">
<link rel="stylesheet" href="/ui/reference/swagger-ui.css">
</head>
<body>
<div id="swagger-ui">The reference comes with the dashboard: run install.bat or ./install.sh.</div>
<script src="/ui/reference/swagger-ui-bundle.js"></script>
<script src="/ui/reference/start.js"></script>
</body>
</html>
"""


@router.get("/openapi.json", dependencies=[permission("reference:read")])
async def openapi(request: Request) -> JSONResponse:
    await asyncio.to_thread(load_all, request.app.routes)
    return JSONResponse(request.app.openapi())


# What the door and the framework refuse, before any area is asked.
REFUSALS = (
    ("host_refused", 400, "The host is not one of this machine's names"),
    ("token_needed", 401, "The API_TOKEN was not brought"),
    ("origin_refused", 403, "A page of another origin asked"),
    ("cross_site", 403, "Another site caused the request"),
    ("browser_refused", 403, "A browser asked for what only tools may call"),
    ("form_refused", 415, "A change came as a form or as plain text"),
    ("not_valid", 422, "The request is not valid"),
    ("method_not_allowed", 405, "There is such an address, but not for this method"),
)
_PROBLEMS = """<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><title>Control Center: problems</title><link rel="icon" href="/ui/favicon.svg"></head>
<body>
<h1>Problems</h1>
<p>What the <code>type</code> of a problem document points at. The document says what happened and what to do.</p>
<dl>{entries}</dl>
</body>
</html>
"""


@router.get("/docs/problems", dependencies=[permission("reference:read")])
async def problem_kinds(request: Request) -> HTMLResponse:
    """Every kind of failure that the daemon itself tells, by its code."""
    await asyncio.to_thread(load_all, request.app.routes)
    kinds = sorted({(kind.code, kind.status, kind.title) for kind in _all_kinds(CenterError)} | set(REFUSALS))
    entries = "".join(
        f'<dt id="{code}"><code>{code}</code> ({status})</dt><dd>{escape(title)}</dd>' for code, status, title in kinds
    )
    return HTMLResponse(_PROBLEMS.format(entries=entries))


def _all_kinds(kind: type[CenterError]) -> Iterator[type[CenterError]]:
    yield kind
    for special in kind.__subclasses__():
        yield from _all_kinds(special)


@router.get("/docs", dependencies=[permission("reference:read")])
@router.get("/redoc", dependencies=[permission("reference:read")])
async def reference() -> HTMLResponse:
    """At `/docs` requests can be tried out, at `/redoc` the same is only read; the page's own script knows which."""
    return HTMLResponse(_PAGE)
