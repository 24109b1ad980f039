"""Modules: what can be run, what was filled in last, and the process that a run would be."""

from __future__ import annotations

import shlex
import subprocess
import sys
from collections.abc import Sequence
from typing import Annotated, Any

from fastapi import APIRouter, Path

from backend.api.depends import CenterDep, permission
from backend.api.problems import problems
from backend.api.schemas.modules import (
    ConfigDeleted,
    ModuleConfig,
    ModuleFaultView,
    ModuleList,
    ModuleView,
    ParameterFaultView,
    Parameters,
    PresetList,
    PresetView,
    Preview,
)
from backend.center import Center
from backend.services.modules import Module, Statistics
from backend.services.modules.errors import NoInterpreter, ParametersNotSaved
from backend.services.modules.invocation import invocation
from backend.services.modules.parameters import check, struck_out

router = APIRouter(prefix="/api/modules", tags=["modules"])

ModuleId = Annotated[str, Path(pattern=r"^[A-Za-z0-9_-]{1,100}$", description="the id of a module")]
PresetName = Annotated[str, Path(pattern=r"^\w[^/\x00-\x1f]*$", max_length=100, description="its name")]
_RUN = "‹the run's id›"
_NONE = Statistics()


@router.get("", dependencies=[permission("modules:read")])
async def list_modules(center: CenterDep) -> ModuleList:
    """All modules with their statistics, and everything that is wrong with a definition of one."""
    statistics = center.runs.statistics()
    modules = [_view(center, one, statistics.get(one.id, _NONE)) for one in center.catalogue.modules.values()]
    faults = [
        ModuleFaultView(file=str(one.file), module=one.module, **center.secrets.hide_in(one.fault.as_json()))
        for one in center.catalogue.faults
    ]
    return ModuleList(modules=modules, total=len(modules), faults=faults)


@router.get("/{module_id}", dependencies=[permission("modules:read")], responses=problems(404, 422))
async def get_module(center: CenterDep, module_id: ModuleId) -> ModuleView:
    module = center.catalogue.get(module_id)
    statistics = center.runs.statistics()
    return _view(center, module, statistics.get(module_id, _NONE))


def _view(center: Center, module: Module, statistics: Statistics) -> ModuleView:
    return ModuleView.of(module, statistics, center.secrets.hide_in if module.secrets else _as_it_is)


def _as_it_is(value: Any) -> Any:
    return value


@router.get("/{module_id}/config", dependencies=[permission("modules:read")], responses=problems(404, 422, 503))
async def get_module_config(center: CenterDep, module_id: ModuleId) -> ModuleConfig:
    """What a form for the module begins with: its defaults, and over them what was saved."""
    saved = await center.saved_parameters.get(center.catalogue.get(module_id))
    return ModuleConfig(module_id=module_id, parameters=dict(saved.parameters), updated_at=saved.updated_at)


@router.post(
    "/{module_id}/config", dependencies=[permission("modules:configure")], responses=problems(400, 404, 422, 503)
)
async def save_module_config(center: CenterDep, module_id: ModuleId, body: Parameters) -> ModuleConfig:
    """Keeps these parameters for the next time, in the place of those before. Secrets are not kept."""
    module = center.catalogue.get(module_id)
    check(module, body.parameters).accepted(ParametersNotSaved)
    saved = await center.saved_parameters.save(module, body.parameters)
    return ModuleConfig(module_id=module_id, parameters=dict(saved.parameters), updated_at=saved.updated_at)


@router.delete("/{module_id}/config", dependencies=[permission("modules:configure")], responses=problems(404, 422, 503))
async def delete_module_config(center: CenterDep, module_id: ModuleId) -> ConfigDeleted:
    """Forgets what was saved."""
    if await center.saved_parameters.forget(center.catalogue.get(module_id)):
        return ConfigDeleted(message="Configuration deleted successfully")
    return ConfigDeleted(message="No configuration to delete")


@router.get("/{module_id}/presets", dependencies=[permission("modules:read")], responses=problems(404, 422, 503))
async def list_presets(center: CenterDep, module_id: ModuleId) -> PresetList:
    """Values that were given names, by these."""
    found = await center.presets.of(center.catalogue.get(module_id))
    return PresetList(module_id=module_id, presets=[PresetView.model_validate(one) for one in found])


@router.put(
    "/{module_id}/presets/{name}",
    dependencies=[permission("modules:configure")],
    responses=problems(400, 404, 409, 422, 503),
)
async def save_preset(center: CenterDep, module_id: ModuleId, name: PresetName, body: Parameters) -> PresetView:
    """Keeps these parameters under the name, in the place of those that had it. Secrets are not kept."""
    module = center.catalogue.get(module_id)
    check(module, body.parameters).accepted(ParametersNotSaved)
    return PresetView.model_validate(await center.presets.save(module, name, body.parameters))


@router.delete(
    "/{module_id}/presets/{name}",
    status_code=204,
    dependencies=[permission("modules:configure")],
    responses=problems(404, 422, 503),
)
async def delete_preset(center: CenterDep, module_id: ModuleId, name: PresetName) -> None:
    await center.presets.remove(center.catalogue.get(module_id), name)


@router.post("/{module_id}/preview", dependencies=[permission("modules:read")], responses=problems(404, 422))
async def preview_module(center: CenterDep, module_id: ModuleId, body: Parameters) -> Preview:
    """The process that a run with these parameters would be, without what of them is wrong. Nothing is started."""
    module = center.catalogue.get(module_id)
    checked = check(module, body.parameters)
    beginning, problem = await _beginning(center, module)
    folder = center.settings.data_dir / "runs" / _RUN
    made = invocation(module, checked.values, beginning, run_id=_RUN, run_folder=folder)
    argv = None if problem else list(made.shown_argv)
    return Preview(
        argv=argv,
        command=argv and _as_line(argv),
        cwd=str(made.cwd),
        env=dict(made.shown_env),
        stdin=made.shown_stdin,
        parameters=struck_out(module, checked.values),
        problem=problem,
        faults=[ParameterFaultView(name=one.name, message=one.message) for one in checked.faults],
    )


async def _beginning(center: Center, module: Module) -> tuple[tuple[str, ...], str | None]:
    """How its command line begins, or nothing and why it cannot be run."""
    if module.unavailable is not None:
        return (), module.unavailable
    try:
        return await center.catalogue.program(module), None
    except NoInterpreter as missing:
        return (), missing.detail


def _as_line(argv: Sequence[str]) -> str:
    return subprocess.list2cmdline(argv) if sys.platform == "win32" else shlex.join(argv)
