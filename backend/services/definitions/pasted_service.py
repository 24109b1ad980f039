"""A service as it was found in a pasted text, and where everything of it stands there."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from backend.services.definitions.splice import Block

NO_ID = ("this service has no id", "Write one above it, and indent the rest by two spaces: `my-tool:`")


@dataclass(frozen=True, slots=True)
class PastedService:
    """`at` is where its id stands, or its settings; `places` are those of its values, by their paths below it. Where
    the text was taken over line by line, `first_line` is that of the block's first line, and `column` where its column
    0 was."""

    block: Block
    at: tuple[int, int]
    places: Mapping[str, tuple[int, int]]
    first_line: int | None = None
    column: int = 0

    def by_lines(self, line: int, column: int) -> tuple[int, int] | None:
        """Where in the paste a fault belongs that was found there in the block, counted from 0."""
        if self.first_line is None:
            return None
        return max(1, self.first_line + line), max(1, column + self.column + 1)

    def by_path(self, path: str) -> tuple[int, int]:
        """Where in the paste the value of this path stands, or what is nearest to it."""
        while path and path not in self.places:
            path = re.sub(r"(?:\.?[^.\[]*|\[\d+\])$", "", path)
        return self.places.get(path, self.at)


def not_a_service(section: str) -> tuple[str, str]:
    """Message and hint for what stands beside `services:`."""
    message = f"only services can be added here, not `{section}`"
    return message, "Write that into the file by hand, and leave it out here"
