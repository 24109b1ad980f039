"""Is the knowledge base what is on disk, and is there a module that fetches?"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path

from backend.core.errors import CenterError
from backend.services.diagnostics.declared import Declared
from backend.services.diagnostics.finding import Finding
from backend.services.knowledge.errors import IndexUnavailable
from backend.services.knowledge.fetching import fetcher
from backend.services.knowledge.index import Index
from backend.services.knowledge.spec import KnowledgeSpec
from backend.services.modules.catalogue import read_modules
from backend.services.modules.errors import UnknownModule
from backend.services.modules.model import Module
from backend.services.modules.section import Section

SHOWN = 5

IndexTrouble = Callable[[], Awaitable[Sequence[str]]]
"""What keeps the index from being what is on disk, in words. Raises `CenterError` where that cannot be said."""


async def check_index(declared: Declared, trouble: IndexTrouble) -> list[Finding]:
    """Nothing where no roots are declared."""
    title, roots = "Knowledge base", _spec(declared).roots
    if not roots:
        return []
    try:
        found = await trouble()
    except CenterError as error:
        why = "Nothing can be searched until then."
        return [Finding("knowledge", title, "warning", error.detail, why, "It is made anew by itself.")]
    why = "A part of it may be missing, or other than what is on disk."
    fix = "Mend what it says; everything is looked through again by itself."
    shown = [
        Finding(f"knowledge.{number}", title, "warning", what, why, fix)
        for number, what in enumerate(found[:SHOWN], start=1)
    ]
    if len(found) > SHOWN:
        shown.append(Finding("knowledge", title, "warning", f"and {len(found) - SHOWN} more like these", why, fix))
    return shown or [Finding("knowledge", title, "ok", f"roots: {', '.join(map(str, roots))}")]


def check_fetch(declared: Declared) -> list[Finding]:
    """Nothing where no module is to fetch. Blocking."""
    title, spec = "Fetching of knowledge", _spec(declared)
    if spec.fetch is None or declared.loaded is None:
        return []
    said = declared.loaded.sections.get("modules") or Section()
    modules = {module.id: module for module in read_modules(said, declared.around).modules}

    def get(module_id: str) -> Module:
        if module_id in modules:
            return modules[module_id]
        raise UnknownModule(f"There is no module `{module_id}`, or its definition is wrong.")

    try:
        return [Finding("knowledge.fetch", title, "ok", f"by the module {fetcher(spec, get).id}")]
    except CenterError as error:
        why = "Nothing is fetched from creators."
        fix = "Declare it below `modules:`, or name another one at `knowledge: {fetch: …}`."
        return [Finding("knowledge.fetch", title, "warning", error.detail, why, fix)]


def trouble_of_file(path: Path) -> list[str]:
    """Of an index that no daemon keeps now. Blocking."""
    index = Index(path)
    try:
        index.figures(datetime.now(UTC))
    except IndexUnavailable:
        return [f"the index {path} is damaged, or cannot be read; the next start makes it anew"]
    finally:
        index.close()
    return []


def _spec(declared: Declared) -> KnowledgeSpec:
    return (declared.loaded.sections.get("knowledge") if declared.loaded else None) or KnowledgeSpec()
