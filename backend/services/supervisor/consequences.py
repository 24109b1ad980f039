"""What follows for a service when its state has changed, or its definition."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from backend.core.clock import Clock
from backend.core.events import Fact
from backend.services.definitions.model import ServiceSpec
from backend.services.supervisor import happenings
from backend.services.supervisor.actor import Actor
from backend.services.supervisor.board import Board
from backend.services.supervisor.effects import Effects
from backend.services.supervisor.ends import Ends
from backend.services.supervisor.entry import Entry
from backend.services.supervisor.happenings import AT_REST, State
from backend.services.supervisor.launching import digest
from backend.services.supervisor.limits import LimitWatch
from backend.services.supervisor.probes import check_of
from backend.services.supervisor.recorder import Recorder


class Consequences:
    """`log_starts` tells where in its log the output of a tree begins, `ends` hears of trees that have ended."""

    def __init__(
        self,
        *,
        actor: Actor,
        effects: Effects,
        limits: LimitWatch,
        recorder: Recorder,
        board: Board,
        clock: Clock,
        tell: Callable[[Fact], object],
        log_starts: Mapping[str, int],
        ends: Ends,
    ) -> None:
        self._actor = actor
        self._effects = effects
        self._limits = limits
        self._recorder = recorder
        self._board = board
        self._clock = clock
        self._tell = tell
        self._log_starts = log_starts
        self._ends = ends

    def state_changed(self, entry: Entry, before: State, after: State) -> None:
        if entry.ladder is not None and entry.ladder.tree != after.tree:
            entry.ladder.tree_ended()  # its end was on the way before the stop began
        if after.pid != before.pid and after.pid is not None and after.tree is not None:
            self._watch_health(entry)
            self._limits.look_after(entry)
        elif after.pid is None:
            self._effects.end_probing(entry)
        self._ends.look(entry, before, after, self._clock.now())
        if after.tree is None:
            entry.tree = entry.port = None
        if after.status in AT_REST and entry.definition == "removed":
            self._actor.entries.pop(entry.spec.id, None)
            self._actor.definitions_changed()
        self._recorder.service(entry.spec, after, self._clock.now())
        self._board.changed()

    def _watch_health(self, entry: Entry) -> None:
        """By the check that the definition names now; health begins anew."""
        tree = entry.state.tree
        if tree is not None and entry.state.pid is not None and entry.state.status in {"starting", "running"}:
            if check_of(entry.spec, entry.port) is None:
                self._actor.post(entry.spec.id, happenings.HealthSeen(tree, "none"))
            self._effects.watch_health(entry, tree, self._log_starts.get(tree, 0))

    def definitions_changed(
        self,
        services: Mapping[str, ServiceSpec],
        added: Iterable[str],
        changed: Iterable[str],
        removed: Iterable[str],
        cause: str | None,
    ) -> None:
        """A new file is in force, told by the event `cause`: what runs goes on as it was launched, and is marked."""
        for service in added:
            self._defined(services[service], "added", cause)
        for service in changed:
            self._defined(services[service], "changed", cause)
        for service in removed:
            self._removed(service, cause)
        self._actor.definitions_changed()
        self._board.definitions_changed()

    def _defined(self, spec: ServiceSpec, what: str, cause: str | None) -> None:
        entry = self._actor.entries.setdefault(spec.id, Entry(spec))
        before, entry.spec = entry.spec, spec
        if before.health != spec.health:
            self._watch_health(entry)
        running = entry.state.status in happenings.WITH_TREE
        entry.definition = "changed" if running and entry.digest != digest(spec) else "current"
        self._tell(Fact("supervisor", f"service.{what}", spec.id, cause=cause))
        if not running:
            self._recorder.service(spec, entry.state, self._clock.now())

    def _removed(self, service: str, cause: str | None) -> None:
        entry = self._actor.entries[service]
        if entry.state.status in happenings.WITH_TREE:
            entry.definition = "removed"
        else:
            self._effects.end_probing(entry)
            del self._actor.entries[service]
        self._tell(Fact("supervisor", "service.removed", service, cause=cause))
