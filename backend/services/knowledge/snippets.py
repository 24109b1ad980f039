"""Where in a text the words of a query stand: the best lines, with their numbers and what to light up. Pure.

Words are found as the index finds them: whole, in any case, with or without accents.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from backend.services.knowledge.query import Term, fold

LONGEST = 200  # characters of a line that are shown
BEFORE = 60  # characters before the first hit where a line is too long
MOST_LINES = 3
MOST_HITS = 400  # of a term, which are looked at for the best lines
STEP = 1000  # occurrences between two looks at the clock
IN_WORD, BETWEEN = r"[^\W_]", r"[\W_]"


@dataclass(frozen=True, slots=True)
class Snippet:
    """A line, from 1, or what is shown of it; `highlights` are from and to, in characters of `text`."""

    line: int
    text: str
    highlights: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class Matches:
    """`count` is how often terms stand in the text; at least so often where there was no time to count on."""

    count: int
    snippets: tuple[Snippet, ...]


def matches(body: str, terms: Sequence[Term], is_late: Callable[[], bool] = lambda: False) -> Matches:
    """Of a long text what has been found until it `is_late`."""
    if is_late():
        return Matches(0, ())
    folded = fold(body)
    count = 0
    hits: dict[int, list[tuple[int, int, int]]] = {}
    for number, term in enumerate(terms):
        taken = 0
        for start, end in _occurrences(folded, term):
            count += 1
            if count % STEP == 0 and is_late():
                break
            if taken < MOST_HITS:
                taken += 1
                hits.setdefault(folded.rfind("\n", 0, start) + 1, []).append((start, end, number))
    best = sorted(hits, key=lambda begin: (-len({one[2] for one in hits[begin]}), begin))[:MOST_LINES]
    return Matches(count, tuple(_snippets(body, sorted(best), hits)))


def beginning(body: str) -> Snippet:
    """The first line that says something."""
    for number, line in enumerate(body[:4000].splitlines(), start=1):
        if any(map(str.isalnum, line)):
            return Snippet(number, line.strip()[:LONGEST], ())
    return Snippet(1, "", ())


def _occurrences(folded: str, term: Term) -> Iterator[tuple[int, int]]:
    for found in _pattern(term).finditer(folded):
        yield found.start(), found.end() if found.lastindex is None else found.end(1)


@lru_cache(maxsize=64)
def _pattern(term: Term) -> re.Pattern[str]:
    """The first word is plain text at the beginning, which is looked for fastest; what follows it may be the first word
    of the next occurrence."""
    first, *rest = map(re.escape, term.words)
    end = f"{IN_WORD}*" if term.prefix else f"(?!{IN_WORD})"
    begin = f"{first}(?<!{IN_WORD}{first})"
    if not rest:
        return re.compile(begin + end)
    following = "".join(f"{BETWEEN}+{word}" for word in rest)
    return re.compile(f"{begin}(?=({following}{end}))")


def _snippets(body: str, begins: Iterable[int], hits: dict[int, list[tuple[int, int, int]]]) -> Iterator[Snippet]:
    line, counted = 1, 0
    for begin in begins:
        line += body.count("\n", counted, begin)
        counted = begin
        yield _snippet(body, begin, line, hits[begin])


def _snippet(body: str, begin: int, line: int, hits: Sequence[tuple[int, int, int]]) -> Snippet:
    stop = body.find("\n", begin)
    stop = len(body) if stop < 0 else stop
    first = min(start for start, _, _ in hits)
    shown = begin if first - begin <= LONGEST - BEFORE else first - BEFORE
    text = body[shown : min(stop, shown + LONGEST)]
    shown += len(text) - len(text.lstrip())
    text = text.strip()
    lit = sorted({(max(start, shown) - shown, min(end - shown, len(text))) for start, end, _ in hits})
    return Snippet(line, text, tuple((start, end) for start, end in lit if start < end))
