"""Agents: the roles of three levels that the knowledge base describes."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Path, Query

from backend.api.depends import CenterDep, permission
from backend.api.problems import problems
from backend.api.schemas.agents import (
    AgentDetails,
    AgentKnowledge,
    AgentList,
    AgentStats,
    AgentView,
    Hierarchy,
    PageMeta,
    agent_members,
)
from backend.api.schemas.knowledge import FileView
from backend.services.agents.agents import Search

router = APIRouter(prefix="/api/agents", tags=["agents"])

AgentId = Annotated[str, Path(pattern=r"^[A-Za-z0-9_.-]{1,100}$", description="the id of an agent")]
_READ = permission("agents:read")


@router.get("", dependencies=[_READ], responses=problems(404, 422, 503))
async def list_agents(
    *,
    center: CenterDep,
    level: Literal["L1", "L2", "L3", "all"] = "all",
    parent: Annotated[str | None, Query(pattern=r"^[A-Za-z0-9_.-]{1,100}$", description="all below this one")] = None,
    search: Annotated[str, Query(max_length=200, description="a part of the name, the role or the id")] = "",
    page: Annotated[int, Query(ge=1, le=100_000)] = 1,
    page_size: Annotated[int, Query(ge=1, le=200)] = 50,
    offset: Annotated[int | None, Query(ge=0, le=10_000_000, description="instead of `page`")] = None,
) -> AgentList:
    """A level after the other, in the order of their numbers."""
    begin = (page - 1) * page_size if offset is None else offset
    wanted = Search(None if level == "all" else level, parent, search)
    found = await center.agents.search(wanted, limit=page_size, offset=begin)
    return AgentList(
        agents=[AgentView.of(one) for one in found.agents],
        meta=PageMeta.of(found.total, begin, page_size),
        total=found.total,
        faults=list(found.faults),
    )


@router.get("/stats", dependencies=[_READ], responses=problems(503))
async def agent_stats(center: CenterDep) -> AgentStats:
    """How many agents there are of each level, and below whom."""
    return AgentStats.of(await center.agents.tree())


@router.get("/{agent_id}", dependencies=[_READ], responses=problems(404, 422, 503))
async def get_agent(center: CenterDep, agent_id: AgentId) -> AgentDetails:
    """One agent, with those right below it."""
    agent = await center.agents.get(agent_id)
    below = [AgentView.of(one) for one in await center.agents.below(agent)]
    members = agent_members(await center.agents.shown(agent))
    return AgentDetails.model_validate(
        {
            **members,
            "sub_agents": below if agent.level == "L1" else [],
            "micro_agents": below if agent.level == "L2" else [],
        }
    )


@router.get("/{agent_id}/knowledge", dependencies=[_READ], responses=problems(404, 422, 503))
async def agent_knowledge(
    center: CenterDep,
    agent_id: AgentId,
    limit: Annotated[int, Query(ge=1, le=500)] = 50,
    offset: Annotated[int, Query(ge=0, le=1_000_000)] = 0,
) -> AgentKnowledge:
    """The files that were routed to it, the newest first."""
    agent = await center.agents.get(agent_id)
    found = await center.agents.files(agent, limit=limit, offset=offset)
    return AgentKnowledge(
        agent_id=agent.id, total_files=found.total, files=[FileView.of(one) for one in found.files]
    )  # fmt: skip


@router.get("/{agent_id}/hierarchy", dependencies=[_READ], responses=problems(404, 422, 503))
async def agent_hierarchy(center: CenterDep, agent_id: AgentId) -> Hierarchy:
    """Who is above it, and who right below."""
    agents = center.agents
    shown = await agents.shown(await agents.get(agent_id))
    return Hierarchy(
        agent=AgentView.of(shown),
        parent=None if shown.parent is None else AgentView.of(await agents.shown(shown.parent)),
        children=[AgentView.of(one) for one in await agents.below(shown.agent)],
    )
