"""`/docs`, `/redoc` and `/openapi.json`: the reference of the API, without any network beyond the daemon."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, JSONResponse

from backend.api.depends import permission

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
    return JSONResponse(request.app.openapi())


@router.get("/docs", dependencies=[permission("reference:read")])
@router.get("/redoc", dependencies=[permission("reference:read")])
async def reference() -> HTMLResponse:
    """At `/docs` requests can be tried out, at `/redoc` the same is only read; the page's own script knows which."""
    return HTMLResponse(_PAGE)
