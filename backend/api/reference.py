"""`/docs`, `/redoc` and `/openapi.json`: the reference of the API, without any network beyond the daemon."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, JSONResponse

from backend.api.depends import permission

router = APIRouter(include_in_schema=False)

_PAGE = """<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><title>Control Center: API reference</title>{head}</head>
<body>{body}</body>
</html>
"""
_ASSETS = "/ui/reference"


@router.get("/openapi.json", dependencies=[permission("reference:read")])
async def openapi(request: Request) -> JSONResponse:
    return JSONResponse(request.app.openapi())


@router.get("/docs", dependencies=[permission("reference:read")])
async def docs() -> HTMLResponse:
    """The reference in which requests can be tried out."""
    head = f'<link rel="stylesheet" href="{_ASSETS}/swagger-ui.css">'
    body = (
        f'<div id="swagger-ui"></div><script src="{_ASSETS}/swagger-ui-bundle.js"></script>'
        f'<script src="{_ASSETS}/start.js"></script>'
    )
    return HTMLResponse(_PAGE.format(head=head, body=body))


@router.get("/redoc", dependencies=[permission("reference:read")])
async def redoc() -> HTMLResponse:
    """The reference to read."""
    body = f'<redoc spec-url="/openapi.json"></redoc><script src="{_ASSETS}/redoc.standalone.js"></script>'
    return HTMLResponse(_PAGE.format(head="", body=body))
