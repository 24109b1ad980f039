"""Serves the built dashboard under `/ui/`; addresses within it that are no files get its first page."""

from __future__ import annotations

import mimetypes
from pathlib import Path

from fastapi import APIRouter, Request, Response
from fastapi.responses import FileResponse, HTMLResponse, RedirectResponse

from backend.api.depends import permission
from backend.config import ROOT

router = APIRouter(include_in_schema=False)

DIST = ROOT / "frontend" / "dist"
NOT_BUILT = """<!doctype html><html lang="en"><meta charset="utf-8"><title>Control Center</title>
<h1>The dashboard is not built</h1>
<p>Run <code>install.bat</code> (Windows) or <code>./install.sh</code> in the project's folder, then reload this page.
The API works all the same: <a href="/docs">/docs</a>.</p></html>
"""
# The registry of Windows is asked by default, and is often wrong about scripts.
TYPES = {".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml", ".woff2": "font/woff2"}


@router.get("/ui", dependencies=[permission("dashboard:read")])
async def without_slash() -> RedirectResponse:
    return RedirectResponse("/ui/")


@router.get("/ui/{path:path}", dependencies=[permission("dashboard:read")])
async def dashboard(request: Request, path: str) -> Response:
    dist: Path = getattr(request.app.state, "dist", DIST)
    file = _inside(dist, path)
    if file is None:
        # The ids in addresses of places may have dots; files lie at the top and in the folder of assets.
        if path.startswith("assets/") or ("/" not in path and "." in path):
            return HTMLResponse("Not found", status_code=404)
        return _first_page(dist)
    kept = "public, max-age=31536000, immutable" if path.startswith("assets/") else "no-cache"
    kind = TYPES.get(file.suffix) or mimetypes.guess_type(file.name)[0]
    return FileResponse(file, media_type=kind, headers={"Cache-Control": kept})


def _first_page(dist: Path) -> Response:
    index = dist / "index.html"
    if not index.is_file():
        return HTMLResponse(NOT_BUILT, status_code=503)
    return FileResponse(index, media_type="text/html", headers={"Cache-Control": "no-cache"})


def _inside(dist: Path, path: str) -> Path | None:
    """The file of that path if it lies within the built dashboard."""
    try:
        file = (dist / path).resolve()
        return file if file.is_relative_to(dist.resolve()) and file.is_file() else None
    except (OSError, ValueError):
        return None
