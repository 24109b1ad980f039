"""Takes over what a keeper already holds: after a crash of the daemon, and after the keeper came back."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path, PurePath

from backend.services.definitions.model import ServiceSpec
from backend.services.processes.runtime import Exit, Tree
from backend.services.supervisor.launching import OWNER
from backend.services.supervisor.machine import Outcome


def trees_by_service(trees: Iterable[Tree]) -> dict[str, list[Tree]]:
    """Services' trees, the one that counts first: the living, then the latest."""
    found: dict[str, list[Tree]] = {}
    for tree in trees:
        if tree.owner[0] == OWNER:
            found.setdefault(tree.owner[1], []).append(tree)
    for ones in found.values():
        ones.sort(key=lambda tree: (not tree.ended, tree.started_at), reverse=True)
    return found


def orphan_spec(tree: Tree) -> ServiceSpec:
    """Stands for a definition that is no longer in the file while its tool still runs: enough to show and stop it."""
    service = tree.owner[1]
    path = PurePath(tree.log_path)
    return ServiceSpec(
        id=service,
        name=tree.label.get("name", service),
        command=(service,),
        cwd=Path(path.parent),
        log_file=Path(tree.log_path),
        autostart=False,
    )


def outcome_of(exit_: Exit | None) -> Outcome | None:
    return None if exit_ is None else Outcome(exit_.code, exit_.signal, exit_.text)
