"""What somebody types into a search box, as what the index understands. Pure, and right for any text.

    comfyui workflow            both words, anywhere
    "ip adapter"  light*        a phrase, a beginning
    -draft                      without
    agent:art-director  creator:instasd  category:workflows  type:pdf
    date:2025-11  date:>=2025-01-01  date:2025-01..2025-06   confidence:>=80  confidence:60..79

What only looks like a filter (`http://…`, `C:\\notes`, `date:soon`) is searched for as words.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

_ITEM = re.compile(
    r'(?P<minus>-(?=[\w"]))?(?:(?P<field>[A-Za-z]+):)?(?:"(?P<phrase>[^"]*)"?|(?P<word>[^\s"]+))(?P<star>\*)?'
)
_RANGE = re.compile(r"(?P<low>[^.].*?)?\.\.(?P<high>.+)?")
_COMPARED = re.compile(r"(?P<sign>>=|<=|>|<|=)?(?P<value>.+)")
_DATE = re.compile(r"(\d{4})(?:-?(0[1-9]|1[0-2])(?:-?(0[1-9]|[12]\d|3[01]))?)?")
_SHARE = re.compile(r"(\d{1,3}(?:\.\d{1,6})?)%?")
_EXACT = {"agent": "agent", "creator": "creator", "category": "category", "type": "kind", "kind": "kind"}
PIECE = 30_000  # characters: nothing else of this process runs while one is folded

Condition = tuple[str, tuple[str | float, ...]]


@dataclass(frozen=True, slots=True)
class Term:
    """Words that follow one another; of the last one only the beginning where it is a `prefix`."""

    words: tuple[str, ...]
    prefix: bool = False

    def expression(self) -> str:
        return f'"{" ".join(self.words)}"{"*" if self.prefix else ""}'


@dataclass(frozen=True, slots=True)
class Query:
    """`conditions` are for the columns of files, each with its values."""

    terms: tuple[Term, ...] = ()
    without: tuple[Term, ...] = ()
    conditions: tuple[Condition, ...] = ()

    @property
    def nothing(self) -> bool:
        """Neither words nor filters; words to leave out alone find nothing either."""
        return not self.terms and not self.conditions

    def narrowed(self, conditions: Iterable[Condition]) -> Query:
        """With more conditions."""
        return replace(self, conditions=(*self.conditions, *conditions))

    def expression(self) -> str | None:
        """For the search table: all terms, without the others. None where any text will do."""
        if not self.terms:
            return None
        wanted = " AND ".join(term.expression() for term in self.terms)
        unwanted = " OR ".join(term.expression() for term in self.without)
        return f"({wanted}) NOT ({unwanted})" if unwanted else wanted


def parse(text: str) -> Query:
    terms: list[Term] = []
    without: list[Term] = []
    conditions: list[Condition] = []
    for item in _ITEM.finditer(text):
        field, value = item["field"], item["phrase"] if item["phrase"] is not None else item["word"]
        condition = _condition(field.lower(), value) if field and value else None
        if condition is not None:
            conditions.append(_negated(condition) if item["minus"] else condition)
            continue
        whole = value if not field else f"{field} {value}"
        starred = item["star"] is not None or (item["phrase"] is None and whole.endswith("*"))
        if words := words_of(whole):
            (without if item["minus"] else terms).append(Term(words, starred))
    return Query(tuple(terms), tuple(without), tuple(conditions))


def words_of(text: str) -> tuple[str, ...]:
    """What the index takes for words: runs of letters, numbers and their like, folded as it folds them."""
    return tuple("".join(character if _in_word(character) else " " for character in fold(text)).split())


def fold(text: str) -> str:
    """Lower case without accents, a character for a character."""
    if text.isascii():
        return text.lower()
    pieces = (text[begin : begin + PIECE] for begin in range(0, len(text), PIECE))
    return "".join(piece.translate(_FOLDED) for piece in pieces)


class _Folded(dict[int, int]):
    """Worked out for each character once."""

    def __missing__(self, code: int) -> int:
        base, *marks = list(unicodedata.normalize("NFD", chr(code)))
        folded = (base if all(map(unicodedata.combining, marks)) else chr(code)).lower()
        self[code] = ord(folded[0])
        return self[code]


_FOLDED = _Folded()


def _in_word(character: str) -> bool:
    return character.isalnum() or unicodedata.category(character) in ("Co", "Mn", "Mc", "No")


def _condition(field: str, value: str) -> Condition | None:
    if (column := _EXACT.get(field)) is not None:
        if field == "agent":
            return "(f.agent = ? OR f.sub_agent = ?)", (value, value)
        return f"f.{column} = ?", (value.lower() if column == "kind" else value,)
    if field == "date":
        return _bounds("f.date", value, _first_day, _after_last_day)
    if field == "confidence":
        return _bounds("f.confidence", value, _share, _just_above)
    return None


def _bounds(
    column: str,
    value: str,
    low: Callable[[str], str | float | None],
    high: Callable[[str], str | float | None],
) -> Condition | None:
    """`low` gives where a value begins, `high` where it has ended: a month begins and ends, a share is a point."""
    if found := _RANGE.fullmatch(value):
        parts = [("{} >= ?", low(found["low"])) if found["low"] else None]
        parts += [("{} < ?", high(found["high"])) if found["high"] else None]
        return _all(column, [part for part in parts if part])
    compared = _COMPARED.fullmatch(value)
    if compared is None:
        return None
    begin, end = low(compared["value"]), high(compared["value"])
    by_sign: dict[str | None, Sequence[tuple[str, str | float | None]]] = {
        ">=": [("{} >= ?", begin)],
        ">": [("{} >= ?", end)],
        "<": [("{} < ?", begin)],
        "<=": [("{} < ?", end)],
    }
    return _all(column, by_sign.get(compared["sign"], [("{} >= ?", begin), ("{} < ?", end)]))


def _all(column: str, parts: Sequence[tuple[str, str | float | None]]) -> Condition | None:
    given = [value for _, value in parts if value is not None]
    if not parts or len(given) != len(parts):
        return None
    return "(" + " AND ".join(form.format(column) for form, _ in parts) + ")", tuple(given)


def _negated(condition: Condition) -> Condition:
    return f"({condition[0]}) IS NOT 1", condition[1]


def _first_day(text: str) -> str | None:
    found = _DATE.fullmatch(text)
    return None if found is None else f"{found[1]}-{found[2] or '01'}-{found[3] or '01'}"


def _after_last_day(text: str) -> str | None:
    """Text that sorts behind the last day of a year, month or day."""
    found = _DATE.fullmatch(text)
    return None if found is None else "-".join(filter(None, found.groups())) + "~"


def _share(text: str) -> float | None:
    """From 0 to 1: `80`, `80%` and `0.8` alike. Half of a millionth is taken off, for what was divided before."""
    found = _SHARE.fullmatch(text)
    if found is None:
        return None
    number = float(found[1])
    share = number if number <= 1 and "." in found[1] else number / 100
    return share - 5e-7 if share <= 1 else None


def _just_above(text: str) -> float | None:
    share = _share(text)
    return None if share is None else share + 1e-6
