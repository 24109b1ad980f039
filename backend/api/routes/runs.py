"""Runs of modules: asking for one, looking, cancelling."""

from __future__ import annotations

from contextlib import suppress
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Response, WebSocket
from pydantic import TypeAdapter

from backend.api.cursor import before, cursor
from backend.api.depends import CenterDep, permission
from backend.api.problems import problems
from backend.api.routes.jobs import Cursor, Given, Limit, Offset, StatusFilter
from backend.api.schemas.runs import LaunchRequest, RunAnswer, RunList, RunRequest, RunUsage
from backend.api.sockets import serve_latest
from backend.api.times import GivenTime
from backend.center import Center
from backend.core.errors import Unavailable
from backend.services.modules.errors import UnknownModule
from backend.services.runs.history import Search
from backend.services.runs.views import RunView

router = APIRouter(tags=["runs"])

ModuleId = Annotated[str, Path(pattern=r"^[A-Za-z0-9_-]{1,100}$", description="the id of a module")]
RunId = Annotated[str, Path(pattern=r"^[A-Za-z0-9_-]{1,200}$", description="the id of a run")]
Seconds = Annotated[float, Query(gt=0, le=600, description="seconds that the answer may take")]

Moment = Annotated[GivenTime | None, Query(description="of their being asked for, with its zone"), Given]
_Q = "words that occur in its id, its module's name, its parameters, or what it said or why it ended"

_RUN = TypeAdapter(RunView)
_LIST = TypeAdapter(RunList)
_ASKED: dict[str, Any] = {"status_code": 202, "response_model": RunAnswer, "dependencies": [permission("runs:start")]}


@router.post("/api/runs", responses=problems(404, 409, 422, 503), **_ASKED)
async def start_run(center: CenterDep, body: RunRequest) -> Response:
    """Asks for a run. It is `queued` until it gets its place; parameters are checked before, all faults at once."""
    return await _start(center, body.module_id, body.parameters, save=body.save_config)


@router.post("/api/modules/{module_id}/run", responses=problems(404, 409, 422, 503), **_ASKED)
async def run_module(center: CenterDep, module_id: ModuleId, body: LaunchRequest | None = None) -> Response:
    """The same, for the module in the path."""
    asked = body or LaunchRequest()
    return await _start(center, module_id, asked.parameters, save=asked.save_config)


async def _start(center: Center, module_id: str, parameters: dict[str, Any], *, save: bool) -> Response:
    view = await center.runs.submit(module_id, parameters)
    if save and parameters:
        with suppress(Unavailable, UnknownModule):  # the run counts
            await center.saved_parameters.save(center.catalogue.get(module_id), parameters)
    return run_answer(view, 202)


@router.get("/api/runs", dependencies=[permission("runs:read")], responses=problems(422, 503), response_model=RunList)
async def list_runs(
    *,
    center: CenterDep,
    module_id: Annotated[str | None, Query(max_length=100), Given] = None,
    status: StatusFilter = None,
    text: Annotated[str, Query(alias="q", max_length=200, description=_Q)] = "",
    since: Moment = None,
    until: Moment = None,
    limit: Limit = 50,
    offset: Offset = 0,
    place: Annotated[Cursor, Query(alias="cursor")] = None,
) -> Response:
    """The newest first; what is given must be equal. `cursor` reaches any depth at the same cost."""
    page = await center.runs.page(
        module_id=module_id, status=status, limit=limit, offset=offset, before=before(place),
        search=Search(text, since, until),
    )  # fmt: skip
    listed = RunList(page.runs, page.total, limit, offset, cursor(page.next_before))
    return Response(_LIST.dump_json(listed), media_type="application/json")


@router.websocket("/api/runs/ws", dependencies=[permission("runs:read")])
async def live_runs(websocket: WebSocket, center: CenterDep) -> None:
    """A `runs` message at once, then on any change: all runs that have not finished, and where they stand."""
    await serve_latest(websocket, center.runs.views)


@router.get(
    "/api/runs/{run_id}",
    dependencies=[permission("runs:read")],
    responses=problems(404, 422, 503),
    response_model=RunAnswer,
)
async def get_run(center: CenterDep, run_id: RunId) -> Response:
    """One run, as it is now."""
    return run_answer(await center.runs.get(run_id))


@router.get("/api/runs/{run_id}/usage", dependencies=[permission("runs:read")], responses=problems(404, 422, 503))
async def get_usage(center: CenterDep, run_id: RunId) -> RunUsage:
    """What it used over time, as far as somebody looked: runs of a moment have nothing."""
    points = await center.runs.usage(run_id)
    return RunUsage(
        run_id=run_id,
        at=[one.at for one in points],
        cpu_percent=[one.cpu_percent for one in points],
        memory_bytes=[one.memory_bytes for one in points],
    )


@router.delete(
    "/api/runs/{run_id}",
    dependencies=[permission("runs:cancel")],
    responses={202: {"model": RunAnswer, "description": "It is still being stopped."}, **problems(400, 404, 422, 503)},
    response_model=RunAnswer,
)
async def cancel_run(center: CenterDep, run_id: RunId, timeout: Seconds = 20) -> Response:
    """Ends the run with all that it has started. Answers when nothing of it lives any more; 202 when that takes longer
    than `timeout`."""
    view = await center.runs.cancel(run_id, timeout)
    return run_answer(view, 200 if view.completed_at is not None else 202)


@router.post("/api/runs/{run_id}/rerun", responses=problems(404, 409, 422, 503), **_ASKED)
async def run_again(center: CenterDep, run_id: RunId) -> Response:
    """Asks for another run of the same module with the same parameters. Secret ones were never kept."""
    return run_answer(await center.runs.rerun(run_id), 202)


def run_answer(view: RunView, status: int = 200) -> Response:
    """A run, at the top and once more as `run`."""
    body = _RUN.dump_json(view)
    return Response(b'{"run":' + body + b"," + body[1:], status_code=status, media_type="application/json")
