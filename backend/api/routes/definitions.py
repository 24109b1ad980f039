"""The definitions file: what of it is in force, and what is wrong with it."""

from __future__ import annotations

from dataclasses import asdict

from fastapi import APIRouter

from backend.api.depends import CenterDep, permission
from backend.api.schemas.definitions import ConfigView, FaultView
from backend.services.definitions import describe

router = APIRouter(prefix="/api/config", tags=["definitions"])


@router.get("", dependencies=[permission("config:read")])
async def read_config(center: CenterDep) -> ConfigView:
    """The definitions in force and the faults of the file as it is now."""
    definitions = center.definitions
    return ConfigView(
        path=str(definitions.path),
        state=definitions.state,
        applied_at=definitions.applied_at,
        changed_at=definitions.changed_at,
        services={name: describe(spec) for name, spec in definitions.services.items()},
        faults=[FaultView(**center.secrets.hide_in(asdict(fault))) for fault in definitions.faults],
    )
