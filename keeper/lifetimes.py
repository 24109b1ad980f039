"""What the keeper does alone: it ends `session` trees when the daemon has been gone for a while, ends all when it is
told to finish, and knows when there is nothing left to hold or to tell."""

from __future__ import annotations

import logging

from keeper.host import Host
from keeper.trees import Tree, Trees

log = logging.getLogger("keeper")

SESSION_PATIENCE = 5.0  # seconds without a daemon until session trees are ended
SESSION_GRACE = 0.8  # seconds they then have between the signal and the kill
LINGER = 10.0  # seconds without daemon and trees until the keeper leaves
FIRST_CONTACT = 30.0  # seconds a new keeper waits for its first daemon
ENDING_LOOK = 0.05  # seconds between looks at trees that the keeper itself ends


class Lifetimes:
    """Times are monotonic. A new keeper waits for its first daemon from `now` on."""

    def __init__(self, trees: Trees, host: Host, now: float) -> None:
        self._trees = trees
        self._host = host
        self._alone_since: float | None = now
        self._patience = FIRST_CONTACT
        self._session_patience = SESSION_PATIENCE
        self._finishing = False
        self._ending: dict[str, float] = {}  # tree → when the keeper itself began to end it
        self.done = False

    def daemon_came(self) -> None:
        self._alone_since = None
        self._patience = LINGER
        self._session_patience = SESSION_PATIENCE

    def daemon_left(self, now: float) -> None:
        self._alone_since = now
        log.info("the daemon is gone; %d trees held", len(self._trees.living()))

    def daemon_leaves(self) -> None:
        """In good order: sessions end once it has gone, and with nothing to hold so does the keeper."""
        self._patience = self._session_patience = 0.0

    def finish(self) -> None:
        log.info("told to finish: %d trees end", len(self._trees.living()))
        self._finishing = True

    def ended(self, tree: str) -> None:
        self._ending.pop(tree, None)

    def pause(self, now: float) -> float:
        """Seconds until there is something to do here, at most 30."""
        if self._finishing or self._ending:
            return ENDING_LOOK
        if self._alone_since is None:
            return 30.0
        left = self._session_patience - (now - self._alone_since)
        return min(1.0, left) if left > 0 else 1.0  # sessions end on time, not at the next look

    def look_after(self, now: float) -> None:
        """Costs nothing while a daemon is there."""
        if self._alone_since is not None:
            self._alone(now - self._alone_since, now)
        if self._finishing:
            living = self._trees.living()
            for tree in living:
                self._end(tree, now)
            self.done = not living
        for tree_id, since in self._ending.items():
            ending = self._trees.get(tree_id)
            if ending is not None and now - since >= self._grace(ending):
                self._host.kill(tree_id)

    def _alone(self, seconds: float, now: float) -> None:
        living = self._trees.living()
        if seconds >= self._session_patience:
            for tree in living:
                if tree.spec.lifetime == "session":
                    tree.abandoned = True
                    self._end(tree, now)
        if not living and seconds >= self._patience and (self._patience == 0.0 or not len(self._trees)):
            self.done = True

    def _grace(self, tree: Tree) -> float:
        return tree.spec.grace if self._finishing else min(tree.spec.grace, SESSION_GRACE)

    def _end(self, tree: Tree, now: float) -> None:
        if tree.spec.id in self._ending:
            return
        self._ending[tree.spec.id] = now
        try:
            self._host.ask_to_stop(tree.spec.id, tree.spec.signal)
        except (OSError, ValueError):
            self._host.kill(tree.spec.id)
