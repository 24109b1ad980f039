"""What is made of rows and trees that an earlier life of the daemon has left."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from backend.database.repositories.runs import Both
from backend.database.tables.jobs import JobRow
from backend.database.tables.runs import RunRow
from backend.services.modules.model import Module
from backend.services.processes.runtime import Exit, Identity, Tree
from backend.services.runs.happenings import Adopted, Lost, Policy, Resumed, Unfit
from backend.services.runs.recovery import Found, recover
from backend.services.runs.spec import RunSpec, note

NOW = datetime(2026, 11, 21, tzinfo=UTC)
SPEC = RunSpec("run_20261121_000000_m_00000001", 1, "m", "Module", NOW, policy=Policy(timeout=9.0, attempts=3))
MODULE = Module(id="m", name="Module", origin="configuration", file=Path("x"), cwd=Path("/"), command=("true",))


def row(status: str, **more: Any) -> Both:
    job = JobRow(
        id=1, job_type="run", subject="m", status=status, queued_at=NOW, attempt=more.pop("attempt", 1), priority=0,
        requested_by="local",
    )  # fmt: skip
    blank: dict[str, Any] = {"parameters": {}, "secrets": [], "attempts": [], "most_attempts": 3, "metrics": {}}
    return job, RunRow(job_id=1, run_id=SPEC.run_id, module_name="Module", **{**blank, **more})


def tree(name: str = "t", attempt: int = 1, *, ended: bool = False, spec: RunSpec = SPEC) -> Tree:
    return Tree(
        id=name, owner=("run", spec.run_id), identity=Identity(42, "1", "b"), log_path="/x", log_end=0,
        started_at=NOW + timedelta(seconds=attempt), lifetime="adopt", label=note(spec, attempt), ended=ended,
        exit=Exit(0, None, NOW) if ended else None,
    )  # fmt: skip


def recovered(rows: list[Both], trees: list[Tree], *, fresh: bool = False) -> Found:
    return recover(rows, trees, lambda module_id: MODULE, fresh=fresh)


def test_a_run_whose_tree_is_held_goes_on_as_it_was_launched() -> None:
    [run] = recovered([row("running", tree="t", pid=42)], [tree()]).runs
    assert isinstance(run.happening, Adopted)
    assert run.entry.spec.policy == SPEC.policy
    assert run.entry.stored == "running"


def test_a_run_that_was_launched_after_its_row_was_written_is_not_launched_again() -> None:
    for ended in (False, True):
        [run] = recovered([row("queued")], [tree(ended=ended)]).runs
        assert run.tree is not None
        assert isinstance(run.happening, Adopted)


def test_a_tree_of_an_earlier_attempt_counts_no_more() -> None:
    found = recovered([row("queued", attempt=2)], [tree(ended=True)])
    assert (found.runs[0].tree, [one.id for one in found.stray]) == (None, ["t"])
    found = recovered([row("running", attempt=2, tree="u")], [tree(ended=True), tree("u", attempt=2)])
    assert (found.runs[0].tree, [one.id for one in found.stray]) == (tree("u", attempt=2), ["t"])


def test_a_run_of_which_only_the_keeper_knows_is_known_again() -> None:
    [run] = recovered([], [tree()]).runs
    assert (run.entry.spec, run.entry.stored) == (SPEC, None)
    [run] = recovered([], [tree(ended=True)]).runs
    assert (run.entry.spec, isinstance(run.happening, Adopted)) == (SPEC, True)


def test_a_tree_whose_end_is_stored_is_only_to_be_forgotten() -> None:
    found = recover([], [tree(ended=True)], lambda module_id: MODULE, over=[SPEC.run_id], fresh=False)
    assert (list(found.runs), [one.id for one in found.stray]) == ([], ["t"])


def test_what_waited_waits_unless_it_had_secrets() -> None:
    [run] = recovered([row("queued")], []).runs
    assert (run.happening, run.entry.state.status, run.entry.spec.cwd) == (Resumed(), "queued", MODULE.cwd)
    [run] = recovered([row("queued", secrets=["key"])], []).runs
    assert isinstance(run.happening, Unfit)


def test_a_run_whose_tree_nobody_holds_is_lost() -> None:
    [run] = recovered([row("running", tree="t", pid=42)], [], fresh=True).runs
    assert run.happening == Lost("t")


def test_a_run_that_was_never_launched_waits_again() -> None:
    [run] = recovered([row("starting", tree="t")], []).runs
    assert (run.happening, run.entry.state.status) == (Resumed(), "queued")
    [run] = recovered([row("starting", tree="t")], [], fresh=True).runs
    assert run.happening == Lost("t")


def test_a_run_that_lost_its_secrets_gets_no_further_attempt() -> None:
    spec = replace(SPEC, secrets=("key",))
    [run] = recovered([row("running", tree="t", pid=42, secrets=["key"])], [tree(spec=spec)]).runs
    assert run.entry.spec.policy.attempts == 1


def test_trees_of_services_are_none_of_its_business() -> None:
    found = recovered([], [replace(tree(), owner=("service", "x"))])
    assert (list(found.runs), list(found.stray)) == ([], [])


def test_what_earlier_attempts_used_stays_used() -> None:
    past = [{"number": 1, "status": "failed", "started_at": 1.0, "ended_at": 2.0, "reason": None}]
    [run] = recovered(
        [row("running", attempt=2, attempts=past, tree="u", cpu_seconds=5.0)], [tree("u", attempt=2)]
    ).runs
    run.entry.used.ended(2.0, None)
    assert run.entry.used.cpu_seconds == 7.0
    [run] = recovered([row("running", tree="t", cpu_seconds=1.5)], [tree()]).runs
    run.entry.used.ended(2.0, None)
    assert run.entry.used.cpu_seconds == 2.0
