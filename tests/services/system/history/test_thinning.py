"""What is thinned says the same as what it was made of."""

from __future__ import annotations

import random
from statistics import fmean

import pytest

from backend.services.system.history.points import MINUTE, QUARTER
from backend.services.system.history.recent import Recent
from backend.services.system.history.thinning import thinned

AT = 1_772_001_000 // QUARTER * QUARTER


def test_each_minute_and_quarter_has_least_mean_and_most_of_its_own(seed: int) -> None:
    chance, recent, plain = random.Random(seed), Recent(), dict[tuple[int, int, str], list[float]]()
    for at in range(AT, AT + 2 * QUARTER, 2):
        if chance.random() < 0.1:
            continue
        measured = {name: chance.uniform(0, 100) for name in ("cpu", "memory", "disk") if chance.random() < 0.8}
        recent.add(at, measured)
        for name, value in measured.items():
            for tier in (MINUTE, QUARTER):
                plain.setdefault((tier, at // tier * tier, name), []).append(value)
    found = {(tier, point.at, name): point for tier, name, point in thinned(recent.between(AT, AT + 2 * QUARTER))}
    assert found.keys() == plain.keys()
    for key, values in plain.items():
        assert (found[key].min, found[key].max, found[key].samples) == (min(values), max(values), len(values))
        assert found[key].avg == pytest.approx(fmean(values))


def test_time_without_ticks_has_nothing() -> None:
    recent = Recent()
    recent.add(AT, {"cpu": 1.0})
    recent.add(AT + 5 * QUARTER, {"cpu": 1.0})
    assert sorted((tier, point.at) for tier, _, point in thinned(recent.between(0, AT * 2))) == [
        (MINUTE, AT), (MINUTE, AT + 5 * QUARTER), (QUARTER, AT), (QUARTER, AT + 5 * QUARTER),
    ]  # fmt: skip
