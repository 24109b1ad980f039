"""A number, its goal, and what was measured beside it in the same run: a line that says whether the goal is met."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass

median = statistics.median


@dataclass(frozen=True, slots=True)
class Figure:
    """`beside` is the floor or the peer in words, measured in turns with `value`; most numbers may not exceed `goal`,
    those that are `at_least` may not fall below it."""

    what: str
    value: float
    unit: str
    goal: float
    beside: str = ""
    at_least: bool = False

    @property
    def met(self) -> bool:
        return self.value >= self.goal if self.at_least else self.value <= self.goal

    def __str__(self) -> str:
        bound = f"{'>=' if self.at_least else '<='} {self.goal:,g}"
        return (
            f"{'met' if self.met else 'NOT MET':<8}{self.what:<58}{self.value:>12,.2f} {self.unit:<7}{bound:<12}"
            f"{self.beside}"
        ).rstrip()


def ratio(times: Sequence[float], floor: Sequence[float]) -> float:
    return median(times) / median(floor)
