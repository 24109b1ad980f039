"""The knowledge base on the wire."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from backend.database.tables.jobs import JobRow
from backend.database.tables.knowledge import FetchRow
from backend.services.knowledge.creators import Creator
from backend.services.knowledge.fetching import Fetching
from backend.services.knowledge.files import File, Hit
from backend.services.knowledge.indexing.kinds import Kind
from backend.services.knowledge.knowledge import Document, State
from backend.services.knowledge.spec import Tier


class FileView(BaseModel):
    """One file. `id` is opaque, and the same as long as the file lies where it does."""

    model_config = ConfigDict(from_attributes=True)

    id: str
    path: str
    name: str
    title: str
    type: Kind
    agent: str | None = Field(description="the folder of the agent that it was routed to")
    sub_agent: str | None = Field(description="the id of a lower agent, e.g. `L2.1.3`")
    category: str | None
    creator: str | None
    date: str | None = Field(description="of the insight, e.g. `2026-11-21`")
    confidence: float | None = Field(description="from 0 to 1")
    size: int
    created: datetime
    modified: datetime
    fault: str | None = Field(description="why it could not be read, or what is wrong with it")

    @classmethod
    def of(cls, file: File) -> FileView:
        return cls(**file_members(file))


def file_members(file: File) -> dict[str, object]:
    return {
        "id": file.id,
        "path": file.path,
        "name": file.name,
        "title": file.title,
        "type": file.kind,
        "agent": file.agent,
        "sub_agent": file.sub_agent,
        "category": file.category,
        "creator": file.creator,
        "date": file.date,
        "confidence": file.confidence,
        "size": file.size,
        "created": file.created,
        "modified": file.modified,
        "fault": file.fault,
    }


class FileList(BaseModel):
    total: int
    limit: int
    offset: int
    files: list[FileView]


class RecentFiles(BaseModel):
    success: bool = True
    count: int
    files: list[FileView]


class InsightsView(BaseModel):
    """What a text has in it. `confidence` is in percent."""

    model_config = ConfigDict(from_attributes=True)

    title: str
    sections: int
    word_count: int
    confidence: int | None
    has_code: bool
    has_links: bool


class FileDetails(FileView):
    insights: InsightsView

    @classmethod
    def of_document(cls, document: Document) -> FileDetails:
        return cls(**file_members(document.file), insights=InsightsView.model_validate(document.insights))


class FileText(BaseModel):
    """What is searched of a file: of a PDF its words, of a page what is shown, of everything else the text."""

    id: str
    type: Kind
    text: str
    lines: int


class SnippetView(BaseModel):
    """A line, from 1; `highlights` are from and to in characters of `text`."""

    model_config = ConfigDict(from_attributes=True)

    line: int
    text: str
    highlights: list[tuple[int, int]]


class ResultView(FileView):
    score: float = Field(description="grows with how well the file fits")
    match_count: int = Field(description="how often the words stand in the text")
    preview: str = Field(max_length=200)
    line: int = Field(description="of the preview, from 1")
    snippets: list[SnippetView]

    @classmethod
    def of_hit(cls, hit: Hit) -> ResultView:
        first = hit.snippets[0]
        return cls(
            **file_members(hit.file),
            score=float(f"{hit.score:.6g}"),
            match_count=hit.match_count,
            preview=first.text,
            line=first.line,
            snippets=[SnippetView.model_validate(one) for one in hit.snippets],
        )


class SearchResults(BaseModel):
    query: str
    total_matches: int
    results: list[ResultView]


class ScanView(BaseModel):
    """The scan that waits or goes. `progress` runs from 0 to 1."""

    model_config = ConfigDict(from_attributes=True)

    id: int
    status: str
    progress: float | None
    queued_at: datetime
    started_at: datetime | None


class KnowledgeStats(BaseModel):
    """`last_scan` is when all roots were last looked through; `trouble` what keeps the index from being up to date."""

    total_creators: int
    total_files: int
    total_size_bytes: int
    total_size_mb: float
    recent_files_7d: int
    files_by_agent: dict[str, int]
    by_type: dict[str, int]
    by_category: dict[str, int]
    faulty_files: int
    last_scan: datetime | None
    kb_status: str = Field(description="`active`, or `empty` while there is no file")
    roots: list[str]
    scan: ScanView | None
    trouble: list[str]

    @classmethod
    def of(cls, state: State, creators: int, faults: list[str]) -> KnowledgeStats:
        figures = state.figures
        return cls(
            total_creators=creators,
            total_files=figures.files,
            total_size_bytes=figures.size,
            total_size_mb=round(figures.size / 1_048_576, 2),
            recent_files_7d=figures.recent,
            files_by_agent=dict(figures.by_agent),
            by_type=dict(figures.by_kind),
            by_category=dict(figures.by_category),
            faulty_files=figures.faulty,
            last_scan=figures.scanned_at,
            kb_status="active" if figures.files else "empty",
            roots=[str(root) for root in state.spec.roots],
            scan=None if state.scan is None else ScanView.model_validate(state.scan),
            trouble=[*state.trouble, *faults],
        )


class ScanAnswer(BaseModel):
    """What was asked for has begun. `pid` and `command` are those of what reads files, where that lives; `runs` are
    those that fetch."""

    status: str = "started"
    message: str
    timestamp: datetime
    job_id: int | None = None
    pid: int | None = None
    command: str | None = None
    runs: list[str] = Field(default_factory=list)


class CreatorView(BaseModel):
    """As the metadata has them, and when they are fetched from. `due_at` is when that was, or will be, due."""

    id: str
    name: str
    handle: str | None = None
    subscribers: str | None = None
    channel_url: str | None = None
    priority: Tier | None
    focus: str | None = None
    primary_agents: list[str] = Field(default_factory=list)
    sub_agents: list[str] = Field(default_factory=list)
    knowledge_categories: list[str] = Field(default_factory=list)
    update_frequency: str | None = None
    scan_last_n_videos: int | None = None
    value_rating: int | None = None
    notes: str | None = None
    last_scan: datetime | None = Field(description="when something was last fetched with success")
    last_tried: datetime | None
    failures: int = Field(description="since the last success")
    due: bool
    due_at: datetime | None
    fetching: bool = Field(description="whether a run fetches now")

    @classmethod
    def members(cls, creator: Creator, fetching: Fetching, now: datetime) -> dict[str, object]:
        record, due_at = fetching.record(creator.id), fetching.due_at(creator)
        said = {name: creator.said[name] for name in _SAID if creator.said.get(name) is not None}
        return {
            **said,
            "id": creator.id,
            "name": creator.name,
            "priority": creator.priority,
            "last_scan": record.fetched_at if record else None,
            "last_tried": record.tried_at if record else None,
            "failures": record.failures if record else 0,
            "due": due_at is not None and due_at <= now,
            "due_at": due_at,
            "fetching": fetching.goes_on(creator.id),
        }

    @classmethod
    def of(cls, creator: Creator, fetching: Fetching, now: datetime) -> CreatorView:
        return cls.model_validate(cls.members(creator, fetching, now))


_SAID = tuple(name for name in CreatorView.model_fields if name not in {"id", "name", "priority"})


class CreatorDetails(CreatorView):
    """`files` are the first ten of `related_files`: those that are by them, or have their id in the path."""

    related_files: int
    files: list[FileView]


class CreatorList(BaseModel):
    """`priority_tiers` has the ids of all creators, whatever was asked for; `faults` what is wrong in the metadata."""

    total: int
    creators: list[CreatorView]
    priority_tiers: dict[Tier, list[str]]
    faults: list[str]


class RuleView(BaseModel):
    """To whom insights of a category go."""

    primary_agents: list[str]
    sub_agents: list[str]
    micro_agents: list[str]
    priority: Tier | None


class Routing(BaseModel):
    routing_rules: dict[str, RuleView]
    faults: list[str]


class KnowledgeJob(BaseModel):
    """A scan of the roots, or a run that fetches from a creator. `progress` runs from 0 to 1; of a scan `result` has
    the counts, of a fetch its log has told the two others."""

    kind: Literal["scan", "fetch"]
    id: int
    timestamp: datetime
    status: str
    creator_id: str | None = None
    run_id: str | None = None
    requested_by: str
    log_file: str | None = None
    size: int = Field(default=0, description="bytes of the log")
    videos_processed: int | None = None
    insights_extracted: int | None = None
    progress: float | None = None
    result: dict[str, int] | None = None
    error: str | None = None

    @classmethod
    def of_scan(cls, row: JobRow) -> KnowledgeJob:
        return cls(
            kind="scan",
            id=row.id,
            timestamp=row.queued_at,
            status=row.status,
            requested_by=row.requested_by,
            progress=row.progress,
            result=None if row.result is None else json.loads(row.result),
            error=row.error,
        )

    @classmethod
    def of_fetch(cls, row: FetchRow, status: str, size: int) -> KnowledgeJob:
        return cls(
            kind="fetch",
            id=row.id,
            timestamp=row.queued_at,
            status=status,
            creator_id=row.creator_id,
            run_id=row.run_id,
            requested_by=row.requested_by,
            log_file=f"/api/runs/{row.run_id}/logs",
            size=size,
            videos_processed=row.videos_processed,
            insights_extracted=row.insights_extracted,
        )


class KnowledgeJobs(BaseModel):
    total: int
    jobs: list[KnowledgeJob]
