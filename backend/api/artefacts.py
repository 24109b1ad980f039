"""Files that runs have left. They are the work of strangers: a browser shows pictures, sounds and plain text of them,
and is made to save whatever could bring a script; nothing of them may reach the daemon that serves them."""

from __future__ import annotations

import os
from contextlib import suppress
from datetime import datetime
from typing import Annotated, Any
from urllib.parse import quote, unquote_to_bytes

from fastapi import APIRouter, Query, Request
from fastapi.responses import FileResponse
from pydantic import BaseModel, Field
from starlette.datastructures import Headers
from starlette.types import Message, Receive, Scope, Send

from backend.api.depends import CenterDep, permission
from backend.api.problems import problems
from backend.api.routes.runs import RunId
from backend.services.runs.happenings import Status
from backend.services.runs.results import OutputFile, Root
from backend.services.runs.views import RunView

router = APIRouter(prefix="/api/runs/{run_id}", tags=["runs"])

_TEXT = "text/plain; charset=utf-8"
SHOWN = {
    **dict.fromkeys((".txt", ".log", ".md", ".yaml", ".yml", ".toml", ".ini", ".py", ".srt", ".vtt"), _TEXT),
    ".csv": "text/csv; charset=utf-8", ".tsv": "text/tab-separated-values; charset=utf-8",
    ".json": "application/json", ".jsonl": _TEXT, ".ndjson": _TEXT,
    ".png": "image/png", ".jpg": "image/jpeg", ".jpeg": "image/jpeg", ".gif": "image/gif", ".webp": "image/webp",
    ".avif": "image/avif", ".bmp": "image/bmp", ".ico": "image/vnd.microsoft.icon",
    ".mp3": "audio/mpeg", ".wav": "audio/wav", ".flac": "audio/flac", ".ogg": "audio/ogg",
    ".mp4": "video/mp4", ".webm": "video/webm", ".mov": "video/quicktime",
}  # fmt: skip
"""What a browser may open by itself, by the end of its name."""
SAVED = {".svg": "image/svg+xml", ".html": "text/html", ".pdf": "application/pdf", ".zip": "application/zip"}
"""What it may only save, or show within a page of ours that asks for a picture."""
UNKNOWN = "application/octet-stream"
ALONE = "default-src 'none'; img-src 'self'; media-src 'self'; style-src 'unsafe-inline'; sandbox"

RootQuery = Annotated[Root, Query(description="what the path is relative to: the run's folder, or the one it ran in")]


class RunSummary(BaseModel):
    """As the script has reported it; null where it has not."""

    items_collected: int | None = Field(description="items that it has dealt with")
    items_saved: int | None = Field(description="its metric of this name")
    errors: int | None = Field(description="its metric of this name")
    duration_seconds: int | None = Field(description="so far, or in all")


class OutputFileView(BaseModel):
    """A file as it lies on disk now."""

    filename: str
    path: str = Field(description="relative to `root`, with slashes")
    root: Root = Field(description="the run's folder, or the folder that it ran in")
    declared: bool = Field(description="whether the module names it under `outputs`")
    size_bytes: int
    created_at: datetime = Field(description="when it was last written")
    media_type: str = Field(description="by the end of its name")
    url: str = Field(description="where to get it")


class RunResults(BaseModel):
    run_id: str
    status: Status
    summary: RunSummary
    output_files: list[OutputFileView] = Field(description="the newest last")
    truncated: bool = Field(description="whether there are more files than these")
    metrics: dict[str, Any] = Field(description="as the script has reported them")


@router.get("/results", dependencies=[permission("runs:read")], responses=problems(404, 422))
async def get_results(center: CenterDep, run_id: RunId) -> RunResults:
    """What the run has reported of its work, and the files that it has left so far."""
    view, results = await center.runs.get(run_id), await center.runs.results(run_id)
    return RunResults(
        run_id=run_id,
        status=view.status,
        summary=_summary(view),
        output_files=[_file(run_id, file) for file in results.files],
        truncated=results.truncated,
        metrics=dict(view.metrics),
    )


@router.get(
    "/artefacts/{path:path}",
    dependencies=[permission("runs:read")],
    responses={200: {"content": {UNKNOWN: {}}}, **problems(404, 422)},
    response_class=FileResponse,
)
async def get_artefact(
    *,
    center: CenterDep,
    request: Request,
    run_id: RunId,
    path: str,
    root: RootQuery = "run",
    download: Annotated[bool, Query(description="save it, whatever it is")] = False,
) -> FileResponse:
    """One file that the run has left; `Range` gives a part of it."""
    found = await center.runs.artefact(run_id, _as_on_disk(request, path), root)
    media_type = media_type_of(found.name)
    shown = not download and media_type in SHOWN.values()
    return GrowingFile(
        found,
        media_type=media_type,
        filename=_as_text(found.name),
        content_disposition_type="inline" if shown else "attachment",
        headers={"Content-Security-Policy": ALONE, "Cache-Control": "no-cache"},
    )


class GrowingFile(FileResponse):
    """A file that may grow while it is sent, as what a run writes does: what was there at first, and no more."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        left: int | None = None

        async def within_length(message: Message) -> None:
            nonlocal left
            if message["type"] == "http.response.start":
                left = int(Headers(raw=message["headers"])["content-length"])
            elif left is not None:
                body = message["body"][:left]
                left -= len(body)
                message = {**message, "body": body, "more_body": message["more_body"] and left > 0}
            await send(message)
            if left == 0 and message["type"] == "http.response.body":
                raise _Sent

        with suppress(_Sent):
            await super().__call__(scope, receive, within_length)


class _Sent(Exception):
    """All that was promised; the rest of the file need not be read."""


def _as_on_disk(request: Request, path: str) -> str:
    """The path as the system names the file: on Unix a name may be any bytes, which are no text."""
    if "\N{REPLACEMENT CHARACTER}" not in path:
        return path
    return os.fsdecode(unquote_to_bytes(request.scope["raw_path"].partition(b"/artefacts/")[2]))


def _as_text(name: str) -> str:
    return name.encode(errors="replace").decode()


def media_type_of(name: str) -> str:
    end = name[name.rfind(".") :].lower() if "." in name else ""
    return SHOWN.get(end) or SAVED.get(end) or UNKNOWN


def _summary(view: RunView) -> RunSummary:
    return RunSummary(
        items_collected=view.items_processed,
        items_saved=_count(view, "items_saved"),
        errors=_count(view, "errors"),
        duration_seconds=view.duration_seconds,
    )


def _count(view: RunView, name: str) -> int | None:
    value = view.metrics.get(name)
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _file(run_id: str, file: OutputFile) -> OutputFileView:
    address = f"/api/runs/{run_id}/artefacts/{quote(os.fsencode(file.path))}"
    return OutputFileView(
        filename=_as_text(file.name),
        path=_as_text(file.path),
        root=file.root,
        declared=file.declared,
        size_bytes=file.size_bytes,
        created_at=file.modified_at,
        media_type=media_type_of(file.name),
        url=address if file.root == "run" else f"{address}?root=cwd",
    )
