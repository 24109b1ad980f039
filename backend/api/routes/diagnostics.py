"""Is the control center itself well?"""

from __future__ import annotations

from dataclasses import asdict

from fastapi import APIRouter

from backend.api.depends import CenterDep, permission
from backend.api.schemas.diagnostics import Check, DiagnosisView

router = APIRouter(prefix="/api/diagnostics", tags=["diagnostics"])


@router.get("", dependencies=[permission("diagnostics:read")])
async def diagnose(center: CenterDep) -> DiagnosisView:
    """Runs all checks now; takes up to a few seconds. `quick_check.py` shows the same."""
    diagnosis = await center.diagnostics.run()
    checks = [Check(**center.secrets.hide_in(asdict(finding))) for finding in diagnosis.findings]
    return DiagnosisView(checked_at=diagnosis.checked_at, ok=diagnosis.ok, checks=checks)
