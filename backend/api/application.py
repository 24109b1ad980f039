"""The ASGI application: routes, problem documents and the door. `app.py` gives it the center that it speaks for."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from starlette.middleware.cors import CORSMiddleware
from starlette.routing import BaseRoute

from backend import __version__
from backend.api import dashboard, front
from backend.api.guard import Guard
from backend.api.on_demand import OnDemand, all_give_way, own_routes
from backend.api.problems import MEDIA_TYPE, Problem, install_problems
from backend.api.routes import supervisor
from backend.config import Settings

# Looked through in this order: what must be quick comes first, and is there from the start.
ROUTES: tuple[BaseRoute, ...] = (
    *own_routes(front.router),
    *own_routes(supervisor.router),
    OnDemand("backend.api.proxy", "/proxy"),
    OnDemand(
        "backend.api.routes.processes",
        "/api/services/{service_id}/logs", "/api/runs/{run_id}/logs", "/api/logs",
    ),
    OnDemand("backend.api.routes.modules", "/api/modules"),
    OnDemand("backend.api.routes.runs", "/api/runs", "/api/modules/{module_id}/run"),
    OnDemand("backend.api.artefacts", "/api/runs/{run_id}"),
    OnDemand("backend.api.routes.schedules", "/api/schedules"),
    OnDemand("backend.api.routes.jobs", "/api/jobs"),
    OnDemand("backend.api.routes.knowledge", "/api/knowledge"),
    OnDemand("backend.api.routes.agents", "/api/agents"),
    OnDemand("backend.api.routes.alerts", "/api/alerts"),
    OnDemand("backend.api.routes.usage", "/api/usage"),
    OnDemand("backend.api.routes.notifications", "/api/notifications"),
    OnDemand("backend.api.routes.diagnostics", "/api/diagnostics"),
    OnDemand("backend.api.routes.metrics", "/metrics"),
    OnDemand("backend.api.routes.system", "/api/system"),
    OnDemand("backend.api.routes.ports", "/api/system/ports"),
    OnDemand("backend.api.routes.incidents", "/api/services/{service_id}/crashes", "/api/moment", "/api/incidents"),
    OnDemand("backend.api.routes.definitions", "/api/config", "/api/services"),
    OnDemand("backend.api.routes.events", "/api/events"),
    OnDemand("backend.api.reference", "/openapi.json", "/docs", "/redoc"),
    *own_routes(dashboard.router),
)  # fmt: skip


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
    app.routes.extend(ROUTES)
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


def _openapi(app: FastAPI) -> dict[str, Any]:
    """As the framework makes it, with problem documents wherever it would put its own form of a failure."""
    if app.openapi_schema is None:
        from backend.api.schemas.runs import RunsMessage  # what sockets send, known no sooner than their routes
        from backend.api.schemas.supervisor import ServiceStatus
        from backend.api.schemas.system import SystemStats

        all_give_way(app.routes)
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
