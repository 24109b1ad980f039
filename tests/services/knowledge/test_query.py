"""From what somebody types to what the index understands."""

from __future__ import annotations

import random
import sqlite3
import string

import pytest

from backend.services.knowledge.indexing.store import TABLES
from backend.services.knowledge.query import Term, parse, words_of


@pytest.mark.parametrize(
    ("text", "expression"),
    [
        ("comfyui workflow", '"comfyui" AND "workflow"'),
        ('"ip adapter" light*', '"ip adapter" AND "light"*'),
        ("os.path_join", '"os path join"'),
        ("Café -Draft", '("cafe") NOT ("draft")'),
        ("--help", '"help"'),
        ("http://x.y", '"http x y"'),
        ("date:soon", '"date soon"'),
        ('"open phrase', '"open phrase"'),
        ("AND OR NOT NEAR", '"and" AND "or" AND "not" AND "near"'),
        ("++ ** ()", None),
        ("-draft", None),
    ],
)
def test_words_phrases_beginnings_and_what_is_left_out(text: str, expression: str | None) -> None:
    assert parse(text).expression() == expression


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("agent:art-director", ("art-director", "art-director")),
        ('category:"game systems"', ("game systems",)),
        ("type:PDF", ("pdf",)),
        ("date:2025-11", ("2025-11-01", "2025-11~")),
        ("date:>2025", ("2025~",)),
        ("date:2025-01..2025-06-30", ("2025-01-01", "2025-06-30~")),
        ("date:..2025", ("2025~",)),
        ("confidence:>=80", (pytest.approx(0.8, abs=1e-5),)),
        ("confidence:0.8", (pytest.approx(0.8, abs=1e-5), pytest.approx(0.8, abs=1e-5))),
    ],
)
def test_filters_have_values(text: str, values: tuple[object, ...]) -> None:
    query = parse(text)
    assert query.terms == ()
    assert [given for _, given in query.conditions] == [values]


def test_a_filter_and_words_are_both_taken() -> None:
    query = parse("agent:x  weights")
    assert (query.terms, len(query.conditions), query.nothing) == ((Term(("weights",)),), 1, False)


def test_words_are_those_of_the_index() -> None:
    """Whatever the text, the index finds a document by each word that we see in it."""
    index = sqlite3.connect(":memory:")
    index.executescript(TABLES)
    pick = random.Random(7)
    letters = string.ascii_letters + string.digits + "äÖéñçøßжЩλ中文かな한글 _-./'\"*():²½"
    for number in range(1, 300):
        body = "".join(pick.choices(letters, k=30))
        index.execute("INSERT INTO knowledge_search (rowid, title, path, body) VALUES (?, '', '', ?)", (number, body))
        for word in words_of(body):
            found = index.execute(
                "SELECT count(*) FROM knowledge_search WHERE rowid = ? AND knowledge_search MATCH ?",
                (number, Term((word,)).expression()),
            )
            assert found.fetchone()[0] == 1, (word, body)
