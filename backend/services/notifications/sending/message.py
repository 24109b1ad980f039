"""What is sent, and what is said where it cannot be."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Message:
    """`document` is the same for programs."""

    title: str
    text: str
    severity: str
    document: Mapping[str, Any]


class Undelivered(Exception):
    """The words say why. `lasting` where trying again would not help; `retry_after` is when the other side wants to be
    asked again, in seconds."""

    def __init__(self, reason: str, *, lasting: bool = False, retry_after: float | None = None) -> None:
        super().__init__(reason)
        self.reason, self.lasting, self.retry_after = reason, lasting, retry_after
