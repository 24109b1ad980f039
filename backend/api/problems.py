"""Every failure leaves as an RFC 9457 problem document with a stable `error_code`, and no path or trace of ours."""

from __future__ import annotations

import logging
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field
from starlette.exceptions import HTTPException

from backend.api.schemas.definitions import EditFault
from backend.core.errors import CenterError

log = logging.getLogger(__name__)

MEDIA_TYPE = "application/problem+json"


class FieldFault(BaseModel):
    """One thing that is wrong with a request."""

    where: str = Field(description="the parameter or member, e.g. `query.lines`")
    message: str


class Owner(BaseModel):
    """Who holds what was asked for, e.g. a port."""

    pid: int | None = None
    name: str | None = None
    service: str | None = None
    address: str | None = None


class Problem(BaseModel):
    """An RFC 9457 problem document."""

    model_config = ConfigDict(extra="allow")

    type: str = Field(description="stable address of this kind of problem, relative to the daemon")
    title: str
    status: int
    detail: str = Field(description="what happened and what to do, in words for a person")
    timestamp: datetime
    error_code: str = Field(description="stable code for clients")
    errors: list[EditFault | FieldFault] | None = Field(
        default=None, description="all faults of a request that is not valid, or of definitions"
    )
    owner: Owner | None = Field(default=None, description="who holds the port that is in use")


def problems(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """For a route's `responses`: the failures that it can answer with."""
    content = {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}
    return {status: {"description": HTTPStatus(status).phrase, "content": content} for status in statuses}


def problem(status: int, code: str, title: str, detail: str, **extra: Any) -> JSONResponse:
    document = {
        "type": f"/docs/problems#{code}",
        "title": title,
        "status": status,
        "detail": detail,
        "timestamp": datetime.now(UTC).isoformat(),
        "error_code": code,
        **extra,
    }
    return JSONResponse(document, status_code=status, media_type=MEDIA_TYPE)


def _without_secrets(request: Request, value: Any) -> Any:
    center = getattr(request.app.state, "center", None)
    return value if center is None else center.secrets.hide_in(value)


async def _center_error(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, CenterError)
    detail, extra = _without_secrets(request, (error.detail, error.extra))
    return problem(error.status, error.code, error.title, detail, **extra)


async def _not_valid(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)
    faults = [{"where": ".".join(str(part) for part in one["loc"]), "message": one["msg"]} for one in error.errors()]
    faults = _without_secrets(request, faults)
    detail = "; ".join(f"{fault['where']}: {fault['message']}" for fault in faults)
    return problem(422, "not_valid", "The request is not valid", detail, errors=faults)


async def _http_error(_: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)
    phrase = HTTPStatus(error.status_code).phrase
    response = problem(error.status_code, phrase.lower().replace(" ", "_"), phrase, str(error.detail))
    response.headers.update(error.headers or {})
    return response


async def _unexpected(request: Request, error: Exception) -> JSONResponse:
    log.error("%s %s failed", request.method, request.url.path, exc_info=error)
    return problem(
        500, "internal_error", "Internal error", "Something failed that should not; the daemon's own log has it."
    )


def install_problems(app: FastAPI) -> None:
    app.add_exception_handler(CenterError, _center_error)
    app.add_exception_handler(RequestValidationError, _not_valid)
    app.add_exception_handler(HTTPException, _http_error)
    app.add_exception_handler(Exception, _unexpected)
