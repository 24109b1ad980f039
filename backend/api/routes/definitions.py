"""The definitions file: what of it is in force, what is wrong with it, and services added, changed and removed."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from functools import partial
from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter, Path, Query, Response

from backend.api.depends import CenterDep, permission
from backend.api.problems import problems
from backend.api.schemas.definitions import (
    ChangedService,
    ChangedView,
    ConfigView,
    DefinitionView,
    EditFault,
    EditResult,
    FaultView,
    NewServices,
    PlanResult,
    PlanView,
    WholeText,
)
from backend.center import Center
from backend.services.definitions import describe
from backend.services.definitions.errors import StillRunning
from backend.services.definitions.faults import Fault
from backend.services.definitions.model import ServiceSpec
from backend.services.definitions.plan import plan
from backend.services.supervisor.errors import NotRunning, UnknownService
from backend.services.supervisor.happenings import AT_REST, WITH_TREE
from backend.services.supervisor.launching import digest
from backend.services.supervisor.views import ServiceView

if TYPE_CHECKING:
    from backend.services.definitions.edit import Outcome

router = APIRouter(tags=["definitions"])

ServiceId = Annotated[str, Path(pattern=r"^[A-Za-z0-9_-]{1,100}$", description="the id in the file")]
DryRun = Annotated[bool, Query(description="only say what it would do: `plan`, `faults` and the new text of the file")]
STOP_SLACK = 20.0  # seconds beyond the grace of a service, for what it takes to end it by force
_TRIED: dict[int | str, dict[str, Any]] = {
    200: {"model": EditResult, "description": "What it would do (`dry_run`); nothing was written."}
}


@router.get("/api/config", dependencies=[permission("config:read")])
async def read_config(center: CenterDep) -> ConfigView:
    """The definitions in force and the faults of the file as it is now."""
    definitions = center.definitions
    return ConfigView(
        path=str(definitions.path),
        state=definitions.state,
        applied_at=definitions.applied_at,
        changed_at=definitions.changed_at,
        services={name: describe(spec) for name, spec in definitions.services.items()},
        faults=_faults(center, definitions.faults),
    )


def _faults(center: Center, faults: Iterable[Fault]) -> list[FaultView]:
    return [FaultView(**center.secrets.hide_in(fault.as_json())) for fault in faults]


@router.get("/api/config/plan", dependencies=[permission("config:read")], responses=problems(409, 503))
async def pending_plan(center: CenterDep) -> PlanResult:
    """What stands in the file, but is not running so yet."""
    from backend.services.definitions.present import present_text

    return await _plan_of(center, await present_text(center.definitions))


@router.post("/api/config/plan", dependencies=[permission("config:read")], responses=problems(422))
async def plan_text(center: CenterDep, body: WholeText) -> PlanResult:
    """What applying this text as the whole file would do. Nothing is written."""
    return await _plan_of(center, body.text)


@router.get(
    "/api/services/{service_id}/definition",
    dependencies=[permission("config:read")],
    responses=problems(404, 409, 422, 503),
)
async def get_definition(center: CenterDep, service_id: ServiceId) -> DefinitionView:
    """A service as it stands in the file, with the `revision` that a change must name."""
    from backend.services.definitions.present import written

    return DefinitionView.model_validate(await written(center.definitions, service_id))


@router.post(
    "/api/services",
    status_code=201,
    dependencies=[permission("definitions:edit")],
    responses={**_TRIED, **problems(409, 422, 503)},
)
async def add_services(center: CenterDep, response: Response, body: NewServices, dry_run: DryRun = False) -> EditResult:
    """Writes services into the file; they are known, and stopped, when the answer comes."""
    from backend.services.definitions.edit import add
    from backend.services.definitions.pasted import given

    pasted = await given(body.id, body.definition, body.text)
    outcome = await add(center.definitions, pasted, dry_run=dry_run)
    response.status_code = 200 if dry_run else 201
    return _result(center, outcome, [one.block.id for one in pasted.services], dry_run)


@router.put(
    "/api/services/{service_id}",
    dependencies=[permission("definitions:edit")],
    responses=problems(404, 409, 422, 503),
)
async def change_service(
    center: CenterDep, service_id: ServiceId, body: ChangedService, dry_run: DryRun = False
) -> EditResult:
    """Writes a changed service into the file. What runs goes on as it is; `restart` says whether it must start anew."""
    from backend.services.definitions.edit import put
    from backend.services.definitions.pasted import given

    pasted = await given(service_id, body.definition, body.text)
    outcome = await put(
        center.definitions, service_id, pasted,
        how="text" if body.definition is None else "values", revision=body.revision, dry_run=dry_run,
    )  # fmt: skip
    return _result(center, outcome, [service_id], dry_run)


@router.delete(
    "/api/services/{service_id}",
    dependencies=[permission("definitions:edit")],
    responses=problems(404, 409, 422, 503),
)
async def remove_service(
    center: CenterDep,
    service_id: ServiceId,
    stop: Annotated[bool, Query(description="stop it first, where it runs")] = False,
    revision: Annotated[str | None, Query(description="remove it only if its definition is this one")] = None,
    dry_run: DryRun = False,
) -> EditResult:
    """Takes a service out of the file. One that runs is refused, or stopped first where that is asked for."""
    from backend.services.definitions.edit import accept, remove

    outcome = await remove(center.definitions, service_id, revision=revision, dry_run=True)
    if not dry_run:
        accept(outcome)
        await _at_rest(center, service_id, stop)
        outcome = await remove(center.definitions, service_id, revision=revision, dry_run=False)
    return _result(center, outcome, [], dry_run)


async def _at_rest(center: Center, service_id: str, stop: bool) -> None:
    """Returns when nothing of the service runs."""
    if not _is_up(center, service_id):
        return
    entry = center.supervisor.entry(service_id)
    if not stop:
        words = f"{entry.spec.name} is {entry.state.status}. Stop it first, or remove it with ?stop=true."
        raise StillRunning(words)
    try:
        await center.supervisor.wishes.stop(service_id, entry.spec.stop.timeout + STOP_SLACK)
    except NotRunning:
        return
    if _is_up(center, service_id):
        raise StillRunning(f"{entry.spec.name} is still being stopped. It was not removed: try again when it is.")


def _is_up(center: Center, service_id: str) -> bool:
    try:
        return center.supervisor.entry(service_id).state.status not in AT_REST
    except UnknownService:
        return False


def _result(center: Center, outcome: Outcome, services: Sequence[str], dry_run: bool) -> EditResult:
    what = None if outcome.after is None else plan(outcome.before, outcome.after, partial(_must_restart, center))
    return EditResult(
        plan=None if what is None else PlanView.model_validate(what),
        faults=[EditFault(**center.secrets.hide_in(one.as_json())) for one in outcome.told],
        services=[] if dry_run else [view for view in center.supervisor.board.views() if view.id in services],
        before=outcome.text_before if dry_run and outcome.after is not None else None,
        preview=outcome.text if dry_run and outcome.after is not None else None,
    )


async def _plan_of(center: Center, text: str) -> PlanResult:
    """Against what runs, where a service runs by an earlier definition."""
    loaded = await asyncio.to_thread(center.definitions.read, text)
    faults = _faults(center, loaded.faults)
    if not loaded.good:
        return PlanResult(plan=None, faults=faults)
    views = center.supervisor.board.views()
    before = {view.id: _as_it_runs(center, view) for view in views}
    what = PlanView.model_validate(plan(before, loaded.services, partial(_must_restart, center)))
    known = {one.id for one in what.changed}
    for view in views:  # it was launched by a daemon before this one, by a definition that nobody has any more
        if view.definition == "changed" and view.id not in known and view.id in loaded.services:
            what.changed.append(ChangedView(id=view.id, keys=[], restart=True))
            what.unchanged -= 1
    return PlanResult(plan=what, faults=faults)


def _as_it_runs(center: Center, view: ServiceView) -> ServiceSpec:
    entry = center.supervisor.entry(view.id)
    if view.definition == "current":
        return entry.spec
    earlier = center.definitions.earlier.get(view.id, ())
    return next((spec for spec in earlier if digest(spec) == entry.digest), entry.spec)


def _must_restart(center: Center, old: ServiceSpec, new: ServiceSpec) -> bool:
    """What a process was launched with, it keeps; how it is watched and stopped changes at once."""
    try:
        entry = center.supervisor.entry(new.id)
    except UnknownService:
        return False
    return entry.state.status in WITH_TREE and entry.digest != digest(new)
