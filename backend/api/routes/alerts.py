"""Alerts, the rules that raise them, and who is not to be told."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Path, Query

from backend.api.cursor import before, cursor
from backend.api.depends import CenterDep, permission
from backend.api.problems import problems
from backend.api.schemas.alerts import AlertPage, AlertRuleList, AlertRuleView, AlertView, SilencedRule, SilenceRequest

router = APIRouter(prefix="/api/alerts", tags=["alerts"])

AlertId = Annotated[int, Path(ge=1, le=2**53)]
RuleName = Annotated[str, Path(pattern=r"^[A-Za-z0-9_-]{1,100}$", description="as the configuration calls it")]
READ = [permission("alerts:read")]
SILENCE = [permission("alerts:silence")]


@router.get("", dependencies=READ, responses=problems(422, 503))
async def list_alerts(
    center: CenterDep,
    state: Literal["firing", "resolved"] | None = None,
    limit: Annotated[int, Query(ge=1, le=500, description="of past ones")] = 50,
    place: Annotated[str | None, Query(alias="before", max_length=100, description="`cursor` of a page")] = None,
) -> AlertPage:
    """What fires, then what fired before, the newest first."""
    past = [] if state == "firing" else await center.alerts.resolved(before(place, "before"), limit + 1)
    firing = center.alerts.firing()
    first = firing if state != "resolved" and place is None else []
    more = len(past) > limit
    return AlertPage(
        alerts=[AlertView.model_validate(one) for one in (*first, *past[:limit])],
        firing=len(firing),
        cursor=cursor(past[limit - 1].id if more else None),
    )


@router.get("/rules", dependencies=READ)
async def list_alert_rules(center: CenterDep) -> AlertRuleList:
    """Those of the configuration, with what they see now."""
    return AlertRuleList(rules=[AlertRuleView.of(one) for one in center.alerts.rules()])


@router.post("/rules/{rule}/silence", dependencies=SILENCE, responses=problems(404, 422, 503))
async def silence_alert_rule(center: CenterDep, rule: RuleName, body: SilenceRequest | None = None) -> SilencedRule:
    """Nobody is told of what this rule finds, for so long."""
    seconds = (body or SilenceRequest()).seconds
    return SilencedRule.of(rule, await center.alerts.silence_rule(rule, seconds, "local"))


@router.post("/rules/{rule}/unsilence", dependencies=SILENCE, responses=problems(404, 422, 503))
async def unsilence_alert_rule(center: CenterDep, rule: RuleName) -> SilencedRule:
    return SilencedRule.of(rule, await center.alerts.silence_rule(rule, None, "local"))


@router.post("/{alert}/silence", dependencies=SILENCE, responses=problems(404, 409, 422, 503))
async def silence_alert(center: CenterDep, alert: AlertId, body: SilenceRequest | None = None) -> AlertView:
    """Nobody is told of this one, for so long; where it goes on then, they are."""
    seconds = (body or SilenceRequest()).seconds
    return AlertView.model_validate(await center.alerts.silence(alert, seconds, "local"))


@router.post("/{alert}/unsilence", dependencies=SILENCE, responses=problems(404, 409, 422, 503))
async def unsilence_alert(center: CenterDep, alert: AlertId) -> AlertView:
    return AlertView.model_validate(await center.alerts.silence(alert, None, "local"))
