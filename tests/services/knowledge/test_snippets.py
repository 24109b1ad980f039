"""Lines and what to light up in them."""

from __future__ import annotations

from backend.services.knowledge.query import Term, parse
from backend.services.knowledge.snippets import STEP, Matches, beginning, matches


def lit(text: str, query: str) -> list[tuple[int, list[str]]]:
    found = matches(text, parse(query).terms)
    return [(one.line, [one.text[start:end] for start, end in one.highlights]) for one in found.snippets]


def test_whole_words_in_any_case_and_with_any_accent() -> None:
    text = "one\nThe Café, the cafés\ncafeteria\n"
    assert lit(text, "cafe") == [(2, ["Café"])]
    assert lit(text, "CAFE*") == [(2, ["Café", "cafés"]), (3, ["cafeteria"])]
    assert matches(text, (Term(("the",)),)).count == 2


def test_lines_with_more_of_the_words_come_first_and_are_shown_in_order() -> None:
    text = "\n".join(["alpha"] * 5 + ["alpha beta", "beta"] + ["alpha"] * 5)
    assert lit(text, "alpha beta") == [(1, ["alpha"]), (2, ["alpha"]), (6, ["alpha", "beta"])]


def test_a_phrase_goes_over_what_is_between_its_words() -> None:
    assert lit("os.path\nos,\n  path\nospath os paths", '"os path"') == [(1, ["os.path"]), (2, ["os,"])]


def test_a_long_line_is_shown_around_the_hit() -> None:
    text = "x " * 500 + "needle" + " y" * 500
    [found] = matches(text, parse("needle").terms).snippets
    assert len(found.text) <= 200
    assert [found.text[start:end] for start, end in found.highlights] == ["needle"]


def test_a_text_without_the_words_begins_with_what_it_says() -> None:
    assert matches("nothing here", parse("needle").terms).snippets == ()
    assert (beginning("\n---\n  Title\n").line, beginning("\n---\n  Title\n").text) == (3, "Title")


def test_a_word_may_end_one_phrase_and_begin_the_next() -> None:
    assert matches("go go, go", parse('"go go"').terms).count == 2
    assert matches("go\ngone go", parse('"go go"*').terms).count == 1


def test_a_very_long_text_keeps_nobody_waiting() -> None:
    text, terms = "go " * 2_000_000, parse("go").terms
    looks = iter([False, False, True])
    soon = matches(text, terms, lambda: next(looks))
    assert soon.count == 2 * STEP
    assert soon.snippets[0].line == 1
    assert matches(text, terms, lambda: True) == Matches(0, ())
