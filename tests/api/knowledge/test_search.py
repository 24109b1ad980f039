"""What a search finds, and what may be asked."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.api.knowledge.conftest import definitions, indexed, names, search
from tests.fakes.daemon import Daemon


def test_a_search_tells_lines_and_what_to_light_up(daemons: Callable[..., Daemon], base: Path) -> None:
    daemon = daemons(definitions(base))
    indexed(daemon, 4)
    [found] = search(daemon, "ZEPPELIN")["results"]
    assert (found["name"], found["line"], found["preview"]) == ("notes.txt", 2, "second line says zeppelin")
    assert (found["match_count"], found["snippets"][0]["highlights"]) == (1, [[17, 25]])
    assert names(search(daemon, "weights bones")) == {"instasd-insights.md"}, "all words"
    assert names(search(daemon, "cafe")) == {"instasd-E2E_TEST_001-20251107.md"}, "with or without accents"
    assert names(search(daemon, '"second line"')) == {"notes.txt"}
    assert search(daemon, '"zeppelin says"')["total_matches"] == 0, "a phrase is in order"
    assert names(search(daemon, "zepp*")) == {"notes.txt"}
    both = {"instasd-E2E_TEST_001-20251107.md", "instasd-insights.md"}
    assert names(search(daemon, "creator:instasd")) == both
    assert names(search(daemon, "weights confidence:>=80")) == {"instasd-E2E_TEST_001-20251107.md"}
    assert names(search(daemon, "date:2025-11 type:markdown agent:art-director category:comfyui-workflows")) == {
        "instasd-E2E_TEST_001-20251107.md"
    }
    assert names(search(daemon, "weights", agent="knowledge-base")) == {"instasd-insights.md"}
    assert search(daemon, "weights -bones")["total_matches"] == 1


ODD = (
    *('""', '" "', "**", "^x^", "a*b*", "NEAR(a b)", "AND", "OR OR", "NOT", "a NOT", "{a b}: c", "((((", "--", "-a"),
    *("title: x", "agent:", "agent:agent:x", "date:..", "date:>", "confidence:nine", "confidence:>=", "type:none"),
    *("'; DROP TABLE roots; --", "%%", "\\\\", "C:\\temp\\*", "http://x.y/z?q=1", "\x00\x00", "名前 é"),
    *("a" * 500, "a " * 250, '"' * 500, "x* " * 160),
)


def test_no_text_is_wrong(knowing: Daemon) -> None:
    for query in ODD:
        assert search(knowing, query)["query"] == query


@pytest.fixture(scope="module")
def knowing(tmp_path_factory: pytest.TempPathFactory) -> Any:
    folder = tmp_path_factory.mktemp("knowing")
    (folder / "base").mkdir()
    (folder / "base" / "a.md").write_text("a b c and or not near title x\n")
    daemon = Daemon(folder, definitions(folder / "base"))
    daemon.start()
    indexed(daemon, 1)
    yield daemon
    daemon.close()


def test_what_is_asked_wrongly_is_told(knowing: Daemon) -> None:
    http = knowing.http
    asked: tuple[tuple[str, dict[str, Any]], ...] = (
        ("search", {}),
        ("search", {"query": "a"}),
        ("search", {"query": "a" * 501}),
        ("search", {"query": "ab", "agent": "../x"}),
        ("search", {"query": "ab", "limit": 101}),
        ("files", {"limit": 501}),
        ("files", {"offset": -1}),
        ("recent", {"limit": 0}),
    )
    for path, params in asked:
        assert http.get(f"/api/knowledge/{path}", params=params).status_code == 422, (path, params)
