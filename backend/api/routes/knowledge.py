"""The knowledge base: searched, listed, looked at, scanned."""

from __future__ import annotations

from contextlib import suppress
from typing import Annotated

from fastapi import APIRouter, Path, Query

from backend.api.depends import CenterDep, permission
from backend.api.problems import problems
from backend.api.schemas.knowledge import (
    CreatorDetails,
    CreatorList,
    CreatorView,
    FileDetails,
    FileList,
    FileText,
    FileView,
    KnowledgeJob,
    KnowledgeJobs,
    KnowledgeStats,
    RecentFiles,
    ResultView,
    Routing,
    RuleView,
    ScanAnswer,
    SearchResults,
)
from backend.center import Center
from backend.core.errors import CenterError
from backend.database.tables.knowledge import FetchRow
from backend.services.knowledge.creators import Creator
from backend.services.knowledge.index import Wanted
from backend.services.knowledge.indexing.kinds import Kind
from backend.services.knowledge.spec import Tier

router = APIRouter(prefix="/api/knowledge", tags=["knowledge"])

FileId = Annotated[
    str,
    Path(pattern=r"^[A-Za-z0-9+/_=-]{1,8000}$", description="`id` of a file in a list, or its whole path in base64"),
]
CreatorId = Annotated[str, Path(pattern=r"^[A-Za-z0-9_-]{1,100}$", description="the id of a creator")]
Agent = Annotated[str | None, Query(max_length=100, pattern=r"^[A-Za-z0-9_.-]*$")]
Word = Annotated[str | None, Query(max_length=200)]
Offset = Annotated[int, Query(ge=0, le=1_000_000)]
_READ = permission("knowledge:read")


@router.get("/stats", dependencies=[_READ], responses=problems(503))
async def knowledge_stats(center: CenterDep) -> KnowledgeStats:
    """How many files there are, of whom, and how the index stands."""
    state, metadata = await center.knowledge.state(), await center.knowledge.metadata()
    return KnowledgeStats.of(state, len(metadata.creators), [str(one) for one in metadata.wrong])


@router.get("/files", dependencies=[_READ], responses=problems(422, 503))
async def knowledge_files(
    *,
    center: CenterDep,
    agent: Agent = None,
    category: Word = None,
    creator: Word = None,
    kind: Annotated[Kind | None, Query(alias="type")] = None,
    faulty: Annotated[bool, Query(description="only those that something is wrong with")] = False,
    limit: Annotated[int, Query(ge=1, le=500)] = 50,
    offset: Offset = 0,
    page: Annotated[int | None, Query(ge=1, le=100_000, description="instead of `offset`")] = None,
    page_size: Annotated[int | None, Query(ge=1, le=200, description="instead of `limit`")] = None,
) -> FileList:
    """The newest first; what is given must be equal."""
    limit = page_size or limit
    offset = offset if page is None else (page - 1) * limit
    wanted = Wanted(agent or None, category or None, creator or None, kind, faulty)
    found = await center.knowledge.files(wanted, limit=limit, offset=offset)
    return FileList(total=found.total, limit=limit, offset=offset, files=[FileView.of(one) for one in found.files])


@router.get("/files/{file_id:path}/text", dependencies=[_READ], responses=problems(404, 422, 503))
async def knowledge_file_text(center: CenterDep, file_id: FileId) -> FileText:
    """Its text as it is searched, in whose lines the search counts."""
    document = await center.knowledge.document(file_id)
    file, text = document.file, document.text
    return FileText(id=file.id, type=file.kind, text=text, lines=text.count("\n") + bool(text))


@router.get("/files/{file_id:path}", dependencies=[_READ], responses=problems(404, 422, 503))
async def knowledge_file(center: CenterDep, file_id: FileId) -> FileDetails:
    """One file, and what is in it."""
    return FileDetails.of_document(await center.knowledge.document(file_id))


@router.get("/recent", dependencies=[_READ], responses=problems(422, 503))
async def recent_knowledge(center: CenterDep, limit: Annotated[int, Query(ge=1, le=100)] = 10) -> RecentFiles:
    """The files that were changed last."""
    page = await center.knowledge.files(Wanted(), limit=limit)
    return RecentFiles(count=len(page.files), files=[FileView.of(one) for one in page.files])


@router.get("/search", dependencies=[_READ], responses=problems(422, 503))
async def search_knowledge(
    *,
    center: CenterDep,
    query: Annotated[str, Query(min_length=2, max_length=500)],
    agent: Agent = None,
    category: Word = None,
    creator: Word = None,
    kind: Annotated[Kind | None, Query(alias="type")] = None,
    limit: Annotated[int, Query(ge=1, le=100)] = 20,
    offset: Offset = 0,
) -> SearchResults:
    """All words anywhere, the best first: `"a phrase"`, `begin*`, `-without`, and filters such as `agent:art-director`,
    `creator:…`, `category:…`, `type:pdf`, `date:2025-11`, `date:>=2025-01-01`, `confidence:>=80`. No text is wrong."""
    wanted = Wanted(agent or None, category or None, creator or None, kind)
    found = await center.knowledge.search(query, wanted=wanted, limit=limit, offset=offset)
    return SearchResults(
        query=query, total_matches=found.total, results=[ResultView.of_hit(hit) for hit in found.hits]
    )  # fmt: skip


@router.get("/creators", dependencies=[_READ], responses=problems(422, 503))
async def knowledge_creators(
    *,
    center: CenterDep,
    priority: Tier | None = None,
    search: Annotated[str | None, Query(max_length=200, description="a part of the name or the focus")] = None,
    due: Annotated[bool, Query(description="only those from whom is to be fetched now")] = False,
) -> CreatorList:
    """In the order of the metadata."""
    knowledge = center.knowledge
    metadata, now = await knowledge.metadata(), center.clock.now()
    await knowledge.fetching.know(metadata.creators.values())
    found = await knowledge.due() if due else list(metadata.creators.values())
    part = (search or "").lower()
    shown = [
        one
        for one in found
        if priority in (None, one.priority) and (part in one.name.lower() or part in one.focus.lower())
    ]
    return CreatorList(
        total=len(shown),
        creators=[CreatorView.of(one, knowledge.fetching, now) for one in shown],
        priority_tiers={tier: list(ids) for tier, ids in metadata.tiers.items()},
        faults=[str(one) for one in metadata.wrong],
    )


@router.get("/creators/{creator_id}", dependencies=[_READ], responses=problems(404, 422, 503))
async def knowledge_creator(center: CenterDep, creator_id: CreatorId) -> CreatorDetails:
    """One creator, and the newest of their files."""
    knowledge = center.knowledge
    creator = await knowledge.creator(creator_id)
    await knowledge.fetching.know([creator])
    page = await knowledge.of_creator(creator_id, 10)
    members = CreatorView.members(creator, knowledge.fetching, center.clock.now())
    return CreatorDetails.model_validate(
        {**members, "related_files": page.total, "files": [FileView.of(one) for one in page.files]}
    )


@router.get("/routing", dependencies=[_READ], responses=problems(503))
async def knowledge_routing(center: CenterDep) -> Routing:
    """To whom insights go, by their category."""
    metadata = await center.knowledge.metadata()
    rules = {category: RuleView.model_validate(rule) for category, rule in metadata.rules.items()}
    return Routing(routing_rules=rules, faults=[str(one) for one in metadata.wrong])


@router.get("/jobs", dependencies=[_READ], responses=problems(422, 503))
async def knowledge_jobs(center: CenterDep, limit: Annotated[int, Query(ge=1, le=100)] = 20) -> KnowledgeJobs:
    """Scans of the roots and fetches from creators, the newest first."""
    scans = await center.knowledge.past_scans(limit)
    fetches, count = await center.knowledge.fetching.history(limit)
    jobs = [KnowledgeJob.of_scan(row) for row in scans.jobs]
    jobs += [await _fetch_job(center, row) for row in fetches]
    jobs.sort(key=lambda one: one.timestamp, reverse=True)
    return KnowledgeJobs(total=scans.total + count, jobs=jobs[:limit])


async def _fetch_job(center: Center, row: FetchRow) -> KnowledgeJob:
    """While it goes, as its run is now."""
    status = row.status
    if row.completed_at is None:
        with suppress(CenterError):
            status = (await center.runs.get(row.run_id)).status
    return KnowledgeJob.of_fetch(row, status, center.knowledge.fetching.log_size(row.run_id))


@router.post(
    "/scan", status_code=202, dependencies=[permission("knowledge:scan")], responses=problems(404, 409, 422, 503)
)  # fmt: skip
async def scan_knowledge(
    *,
    center: CenterDep,
    creator_id: Annotated[str | None, Query(max_length=100, pattern=r"^[A-Za-z0-9_-]*$")] = None,
    priority: Annotated[Tier | None, Query(description="fetch from all creators of a tier")] = None,
    max_videos: Annotated[int | None, Query(ge=1, le=100, description="at most so many of each")] = None,
    due: Annotated[bool, Query(description="fetch from those from whom is to be fetched now")] = False,
    force_rescan: Annotated[bool, Query(description="forget the index, and read every file again")] = False,
) -> ScanAnswer:
    """Without parameters all roots are looked through, as a job. With `creator_id`, `priority` or `max_videos` the
    module of the configuration fetches, in a run for each creator; `max_videos` alone means all of them."""
    knowledge = center.knowledge
    if due:
        asked = await knowledge.due()
        return await _fetched(center, asked, max_videos, "schedule") if asked else _nothing_due(center)
    if creator_id:
        return await _fetched(center, [await knowledge.creator(creator_id)], max_videos)
    if priority is not None or max_videos is not None:
        creators = (await knowledge.metadata()).creators.values()
        return await _fetched(center, [one for one in creators if priority in (None, one.priority)], max_videos)
    job = await knowledge.scan(anew=force_rescan)
    return ScanAnswer(
        job_id=job.id,
        pid=knowledge.process,
        message="All roots are looked through. GET /api/knowledge/jobs tells how far that is.",
        timestamp=center.clock.now(),
    )


def _nothing_due(center: Center) -> ScanAnswer:
    return ScanAnswer(status="idle", message="No creator is due.", timestamp=center.clock.now())


async def _fetched(center: Center, creators: list[Creator], max_videos: int | None, actor: str = "local") -> ScanAnswer:
    views = await center.knowledge.fetching.fetch(creators, max_videos=max_videos, actor=actor)
    return ScanAnswer(
        job_id=views[0].job_id if views else None,
        runs=[view.run_id for view in views],
        command=center.knowledge.spec().fetch,
        message=f"{len(views)} of {len(creators)} creators are fetched from; of the others that goes on already.",
        timestamp=center.clock.now(),
    )
