"""The knowledge base: searched, listed, looked at, scanned."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Query

from backend.api.depends import CenterDep, permission
from backend.api.problems import problems
from backend.api.schemas.knowledge import (
    FileDetails,
    FileList,
    FileText,
    FileView,
    KnowledgeStats,
    RecentFiles,
    ResultView,
    ScanAnswer,
    SearchResults,
)
from backend.services.knowledge.index import Wanted
from backend.services.knowledge.indexing.kinds import Kind

router = APIRouter(prefix="/api/knowledge", tags=["knowledge"])

FileId = Annotated[str, Path(pattern=r"^[0-9a-f]{20}$", description="`id` of a file in a list")]
Agent = Annotated[str | None, Query(max_length=100, pattern=r"^[A-Za-z0-9_.-]*$")]
Word = Annotated[str | None, Query(max_length=200)]
Offset = Annotated[int, Query(ge=0, le=1_000_000)]
_READ = permission("knowledge:read")


@router.get("/stats", dependencies=[_READ], responses=problems(503))
async def knowledge_stats(center: CenterDep) -> KnowledgeStats:
    """How many files there are, of whom, and how the index stands."""
    state = await center.knowledge.state()
    return KnowledgeStats.of(state, 0, [])


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
) -> FileList:
    """The newest first; what is given must be equal."""
    wanted = Wanted(agent or None, category or None, creator or None, kind, faulty)
    page = await center.knowledge.files(wanted, limit=limit, offset=offset)
    return FileList(total=page.total, limit=limit, offset=offset, files=[FileView.of(one) for one in page.files])


@router.get("/files/{file_id}", dependencies=[_READ], responses=problems(404, 422, 503))
async def knowledge_file(center: CenterDep, file_id: FileId) -> FileDetails:
    """One file, and what is in it."""
    return FileDetails.of_document(await center.knowledge.document(file_id))


@router.get("/files/{file_id}/text", dependencies=[_READ], responses=problems(404, 422, 503))
async def knowledge_file_text(center: CenterDep, file_id: FileId) -> FileText:
    """Its text as it is searched, in whose lines the search counts."""
    document = await center.knowledge.document(file_id)
    text = document.text
    return FileText(id=file_id, type=document.file.kind, text=text, lines=text.count("\n") + bool(text))


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


@router.post(
    "/scan", status_code=202, dependencies=[permission("knowledge:scan")], responses=problems(409, 422, 503)
)  # fmt: skip
async def scan_knowledge(
    center: CenterDep,
    force_rescan: Annotated[bool, Query(description="forget the index, and read every file again")] = False,
) -> ScanAnswer:
    """Looks through all roots, as a job."""
    job = await center.knowledge.scan(anew=force_rescan)
    return ScanAnswer(
        job_id=job.id,
        pid=center.knowledge.process,
        message="All roots are looked through. GET /api/knowledge/jobs tells how far that is.",
        timestamp=center.clock.now(),
    )
