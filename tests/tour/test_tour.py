"""The pictures of the guide: each that is named is there, each that is there is named, and together they are small."""

from __future__ import annotations

import re
from collections.abc import Callable

from backend.config import ROOT
from tests.fakes.daemon import Daemon
from tests.tour.__main__ import IMAGES, THEMES, WIDTHS
from tests.tour.house import DEFINITIONS, TARGETS
from tests.tour.places import Guide, places

ROOM = 3_000_000  # bytes for all of them

GUIDES = (ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md")))
NAMED = re.compile(r"images/([\w.-]+\.\w+)")
NOWHERE = Guide(going="", runs=("", ""), file="", agent="", crashed_at="")


def named() -> set[str]:
    return {name for guide in GUIDES for name in NAMED.findall(guide.read_text(encoding="utf-8"))}


def taken() -> set[str]:
    """What the tour makes."""
    return {f"{place.name}-{look}-{theme}.webp" for place in places(NOWHERE) for look in WIDTHS for theme in THEMES}


def test_each_picture_that_a_guide_names_is_one_of_the_tour_and_there() -> None:
    there = {path.name for path in IMAGES.iterdir()}
    assert named() - there == set()
    assert named() - taken() == set()


def test_the_tour_leads_through_every_place_in_words() -> None:
    words = (ROOT / "docs" / "tour.md").read_text(encoding="utf-8")
    assert [place.name for place in places(NOWHERE) if f"images/{place.name}-wide-light.webp" not in words] == []


def test_no_picture_lies_there_for_nobody_and_all_are_small() -> None:
    pictures = list(IMAGES.iterdir())
    assert {path.name for path in pictures} - taken() == set()
    assert sum(path.stat().st_size for path in pictures) <= ROOM


def test_the_house_can_be_looked_after(daemons: Callable[..., Daemon]) -> None:
    daemon = daemons(DEFINITIONS + TARGETS.format(desk=1, phone=2))
    faults = daemon.http.get("/api/config").json()["faults"]
    assert [one for one in faults if one["severity"] == "error"] == []
    assert {one["id"] for one in daemon.http.get("/api/services").json()["services"]} >= {"comfyui", "n8n", "whisper"}
