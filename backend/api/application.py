"""The ASGI application: routes, problem documents and the door. `app.py` gives it the center that it speaks for."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, FastAPI
from fastapi.openapi.utils import get_openapi
from fastapi.routing import APIRoute
from starlette.middleware.cors import CORSMiddleware

from backend import __version__
from backend.api import artefacts, dashboard, front, proxy, reference
from backend.api.guard import Guard
from backend.api.problems import MEDIA_TYPE, Problem, install_problems
from backend.api.routes import (
    agents,
    definitions,
    diagnostics,
    events,
    jobs,
    knowledge,
    modules,
    ports,
    processes,
    runs,
    schedules,
    supervisor,
    system,
    usage,
)
from backend.api.schemas.runs import RunsMessage
from backend.api.schemas.supervisor import ServiceStatus
from backend.api.schemas.system import SystemStats
from backend.config import Settings

ROUTERS = (
    front.router,
    supervisor.router,  # looked through in this order: what must be quick comes first
    proxy.router,
    processes.router,
    modules.router,
    runs.router,
    artefacts.router,
    schedules.router,
    jobs.router,
    knowledge.router,
    agents.router,
    usage.router,
    diagnostics.router,
    system.router,
    ports.router,
    definitions.router,
    events.router,
    reference.router,
    dashboard.router,
)


def create_app(settings: Settings) -> FastAPI:
    """Routes without a center; `app.state.center` must be set before the first request."""
    app = FastAPI(
        title=settings.app_name,
        version=__version__,
        description="Starts, watches and stops the tools of one machine.",
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
    )
    for router in ROUTERS:
        _take_in(app, router)
    install_problems(app)
    if settings.cors_origins:
        app.add_middleware(
            CORSMiddleware,
            allow_origins=list(settings.cors_origins),
            allow_methods=["*"],
            allow_headers=["*"],
            allow_credentials=True,
        )
    token = settings.api_token.get_secret_value() if settings.api_token else None
    app.add_middleware(Guard, hosts=settings.allowed_hosts, origins=settings.cors_origins, token=token)
    app.openapi = lambda: _openapi(app)  # type: ignore[method-assign]
    return app


def _take_in(app: FastAPI, router: APIRouter) -> None:
    """Its routes become the application's own: those of an included router are looked through twice a request."""
    for route in router.routes:
        if isinstance(route, APIRoute):
            route.operation_id = route.name
        app.routes.append(route)


def _openapi(app: FastAPI) -> dict[str, Any]:
    """As the framework makes it, with problem documents wherever it would put its own form of a failure."""
    if app.openapi_schema is None:
        document = get_openapi(
            title=app.title, version=app.version, description=app.description,
            routes=app.routes,
        )  # fmt: skip
        components = document.setdefault("components", {}).setdefault("schemas", {})
        for name in ("HTTPValidationError", "ValidationError"):
            components.pop(name, None)
        for model in (Problem, ServiceStatus, SystemStats, RunsMessage):
            schema = model.model_json_schema(ref_template="#/components/schemas/{model}")
            components.update(schema.pop("$defs", {}))
            components[model.__name__] = schema
        content = {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}
        for path in document["paths"].values():
            for operation in path.values():
                if "422" in operation["responses"]:
                    operation["responses"]["422"]["content"] = content
        app.openapi_schema = document
    return app.openapi_schema
