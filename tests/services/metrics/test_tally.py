"""What is counted, and that no number of names becomes too many series."""

from __future__ import annotations

from backend.core.events import Fact
from backend.services.metrics.tally import OTHER, Counts, Names, Tally


def test_facts_are_counted_by_what_they_are_about() -> None:
    tally = Tally()
    for fact in (
        Fact("supervisor", "service.launched", "n8n"),
        Fact("supervisor", "service.exited", "n8n"),
        Fact("supervisor", "service.launched", "n8n"),
        Fact("runs", "run.completed", "20", payload={"module_id": "backup"}),
        Fact("runs", "run.timed_out", "21", payload={"module_id": "backup"}),
        Fact("notifications", "notification.failed", "phone", payload={"final": False}),
        Fact("notifications", "notification.delivered", "phone"),
        Fact("notifications", "notification.failed", "phone", payload={"final": True}),
        Fact("daemon", "daemon.stopping"),
    ):
        tally.count(fact)
    counts = tally.counts()
    tally.count(Fact("daemon", "daemon.stopping"))
    assert counts == Counts(
        events={
            "service.launched": 2,
            "service.exited": 1,
            "run.completed": 1,
            "run.timed_out": 1,
            "notification.failed": 2,
            "notification.delivered": 1,
            "daemon.stopping": 1,
        },
        launches={"n8n": 2},
        exits={"n8n": 1},
        runs={("backup", "completed"): 1, ("backup", "timed_out"): 1},
        deliveries={("phone", "delivered"): 1, ("phone", "failed"): 1},
    )


def test_names_beyond_the_bound_share_one_series_and_the_first_keep_theirs() -> None:
    names = Names(most=2)
    assert [names.of(name) for name in ("a", "b", "c", "a", "d")] == ["a", "b", OTHER, "a", OTHER]
