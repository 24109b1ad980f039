"""The services that rules are about, as the supervisor knows them."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator

from backend.core.errors import NotFound
from backend.services.alerts.model import EACH
from backend.services.supervisor.entry import Entry


class Services:
    """`declared` are the ids of those in the configuration, `entry` raises `NotFound` for what is not there."""

    def __init__(self, declared: Callable[[], Collection[str]], entry: Callable[[str], Entry]) -> None:
        self._declared = declared
        self._entry = entry

    def named(self, service: str) -> Iterator[Entry]:
        """Those that a rule names: one, or each. None where it is not there."""
        for one in tuple(self._declared()) if service == EACH else (service,):
            if (entry := self.get(one)) is not None:
                yield entry

    def get(self, service: str) -> Entry | None:
        try:
            return self._entry(service)
        except NotFound:
            return None

    def problem(self, service: str) -> str | None:
        """Why a rule that names it can see nothing."""
        if service == EACH or self.get(service) is not None:
            return None
        return f"there is no service `{service}`"
