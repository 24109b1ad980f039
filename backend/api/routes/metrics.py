"""What Prometheus reads."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response

from backend.api.depends import CenterDep, permission

router = APIRouter(tags=["metrics"])


@router.get(
    "/metrics",
    dependencies=[permission("metrics:read")],
    response_class=Response,
    responses={200: {"content": {"text/plain": {}, "application/openmetrics-text": {}}}},
)
async def read_metrics(request: Request, center: CenterDep) -> Response:
    """All figures in the text format of Prometheus, or in OpenMetrics where `Accept` prefers it."""
    text, media_type = await center.metrics.exposition(request.headers.get("accept", ""))
    return Response(text, media_type=media_type)
