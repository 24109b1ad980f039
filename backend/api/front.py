"""What stands before the areas: the root, the daemon's own health, and its end."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Header, Response
from fastapi.responses import RedirectResponse
from pydantic import BaseModel, Field

from backend import __version__
from backend.api.depends import CenterDep, permission
from backend.api.quick import QuickRoute

router = APIRouter(tags=["daemon"], route_class=QuickRoute)


class Root(BaseModel):
    name: str
    version: str
    status: Literal["running", "stopping"]
    message: str = Field(description="the same, for a person")
    docs_url: str
    health_url: str


class Health(BaseModel):
    """`degraded` while the database does not answer; services are supervised all the same."""

    status: Literal["healthy", "degraded"]
    database: str
    version: str
    uptime_seconds: int
    active_runs: int = Field(description="queued, starting or running")
    total_modules: int


class Farewell(BaseModel):
    message: str


@router.get("/", dependencies=[permission("daemon:read")], response_model=Root)
async def root(center: CenterDep, accept: Annotated[str, Header()] = "") -> Response | Root:
    """Browsers are sent to the dashboard; others are told what runs here."""
    if "text/html" in accept:
        return RedirectResponse("/ui/")
    name, closing = center.settings.app_name, center.closing.is_set()
    return Root(
        name=name,
        version=__version__,
        status="stopping" if closing else "running",
        message=f"{name} is {'stopping' if closing else 'running'}.",
        docs_url="/docs",
        health_url="/health",
    )


@router.get("/api/health", dependencies=[permission("daemon:read")], include_in_schema=False)
@router.get("/health", dependencies=[permission("daemon:read")])
async def health(center: CenterDep) -> Health:
    """Whether the daemon and its database answer."""
    database = await center.database.state()
    return Health(
        status="healthy" if database == "connected" else "degraded",
        database=database,
        version=__version__,
        uptime_seconds=int((center.clock.now() - center.started_at).total_seconds()),
        active_runs=center.runs.totals().active,
        total_modules=len(center.catalogue.modules),
    )


@router.post("/api/shutdown", status_code=202, dependencies=[permission("daemon:shutdown")])
async def shut_down(center: CenterDep) -> Farewell:
    """Ends the daemon in good order: services stop as their lifetime says."""
    center.leave.set()
    return Farewell(message="The control center is stopping.")
