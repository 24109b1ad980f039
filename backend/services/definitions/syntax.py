"""Words for what the YAML parser stumbles over: the parser says what it expected, a person needs to know what to do.

It looks at the text around the fault, because most of what people paste wrongly is Python, a Windows path or a tab.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, NamedTuple

import yaml

from backend.services.definitions.source import Unreadable

Found = Unreadable | None

# What gives Python (and others) away in a line, what it is, and what to write instead.
_FOREIGN = (
    (r"^\s*\[\w[\w.-]*\]\s*$", "TOML", "Write `services:`, below it the id, below that its settings"),
    (r"^\s*\w+\s*=\s*[\[{(]", "a Python assignment", "Keep what stands between the outer braces, under `services:`"),
    (r"(?<![\w\"'])[rR]f?[\"']", "a Python raw string", r"Leave the r out and use single quotes: 'C:\ComfyUI'"),
    (r"(?<![\w\"'])[fFbB][\"'][^,]*[\"']", "a Python string with a prefix", "Leave the prefix out; write plain text"),
    (r"\"\"\"|'''", "a Python string in triple quotes", "Use one pair of quotes, or `key: |` with the text below"),
    (r"[:,\[]\s*\(", "a Python tuple", 'Write a list in square brackets: ["python", "main.py"]'),
    (r"\b(os|sys|Path|str|dict|list)\b\s*[.(]", "a Python expression", "Write its value; ${env:NAME} reads a variable"),
    (r"[\"']\s*\+\s*\S", "a Python sum of texts", "Write one text in one pair of quotes"),
    (r"^\s*//", "a comment of JavaScript", "Begin comments with #"),
    (r"[\"'\]}]\s*;", "a line of another language: it ends in a semicolon", "Remove the semicolon"),
)


class At(NamedTuple):
    """Where the parser gave up, counted from 0, and what it says."""

    line: int
    column: int
    problem: str
    opened: tuple[int, int] | None  # where what it was reading began
    lines: Sequence[str]

    @property
    def text(self) -> str:
        return self.lines[self.line] if self.lines else ""

    @property
    def line_before(self) -> int | None:
        return next((number for number in range(self.line - 1, -1, -1) if self.lines[number].strip()), None)


def explain(error: yaml.YAMLError, lines: Sequence[str]) -> Unreadable:
    """The fault at the place to mend, which is not always where the parser stopped."""
    at = _at(error, lines)
    rules = (
        _escape,
        _tab,
        _foreign,
        _open_quote,
        _reference,
        _documents,
        _open_bracket,
        _indicator,
        _colon,
        _indent,
        _tail,
    )
    for rule in rules:
        if found := rule(at):
            return found
    return _here(at, f"this is not YAML: {at.problem}", "Compare its lines with the examples in docs/definitions.md")


def _at(error: yaml.YAMLError, lines: Sequence[str]) -> At:
    context = getattr(error, "context_mark", None)
    mark = getattr(error, "problem_mark", None) or context
    words = f"{getattr(error, 'context', None) or ''} {getattr(error, 'problem', None) or error}".strip()
    return At(*_inside(mark, lines), words, _inside(context, lines) if context else None, lines)


def _inside(mark: Any, lines: Sequence[str]) -> tuple[int, int]:
    """Line and column of the mark; the end of the last line where it stands behind that."""
    if mark is not None and mark.line < len(lines):
        return mark.line, mark.column
    return (len(lines) - 1, len(lines[-1])) if lines else (0, 0)


def _here(at: At, message: str, hint: str) -> Unreadable:
    return Unreadable((at.line + 1, at.column + 1), message, hint)


def _indent_of(text: str) -> int:
    return len(text) - len(text.lstrip())


def _escape(at: At) -> Found:
    if not re.search(r"quoted scalar.*(escape|hexa?decimal)", at.problem) or at.opened is None:
        return None
    line, column = at.opened
    quoted = re.match(r'"([^"]*)"', at.lines[line][column:])
    inside = quoted.group(1) if quoted else r"C:\ComfyUI"
    if re.search(r"\\u[dD][89abAB]", inside):
        message = "half a character is escaped here, as JSON does for emoji"
        return Unreadable((line + 1, column + 1), message, "Write the character itself")
    return Unreadable(
        (line + 1, column + 1),
        "a backslash inside double quotes begins an escape, and this one means nothing",
        f"Write it in single quotes, '{inside}', or with forward slashes: {inside.replace(chr(92), '/')}",
    )


def _tab(at: At) -> Found:
    if "\t" not in at.text[: at.column + 1] or at.text[: at.column].strip():
        return None
    place = (at.line + 1, at.text.index("\t") + 1)
    return Unreadable(place, "a tab indents this line", "YAML is indented with spaces: put two for each tab")


def _foreign(at: At) -> Found:
    near = [line for line in (at.line, at.line_before) if line is not None and at.lines]
    for pattern, what, hint in _FOREIGN:
        for line in near:
            if found := re.search(pattern, at.lines[line]):
                column = found.start() + _indent_of(found.group()) + 1
                return Unreadable((line + 1, column), f"this is {what}, not YAML", hint)
    return None


def _open_quote(at: At) -> Found:
    if "quoted scalar" not in at.problem or at.opened is None:
        return None
    line, column = at.opened
    quote = at.lines[line][column : column + 1]
    message = f"the quote {quote} that opens here is never closed"
    return Unreadable((line + 1, column + 1), message, f"Add {quote} at the end of the text")


def _reference(at: At) -> Found:
    if "undefined alias" in at.problem or "scanning an alias" in at.problem:
        message = "`*` refers to an anchor, and there is none of this name"
        return _here(at, message, 'Put text that begins with * in quotes: "*.py"')
    if "duplicate anchor" in at.problem:
        return _here(at, "this anchor (&) exists already", "Give it another name")
    return None


def _documents(at: At) -> Found:
    if "another document" not in at.problem and "document start" not in at.problem:
        return None
    return _here(at, "a second document begins here", "A file holds one: remove the line with --- or ... before it")


def _open_bracket(at: At) -> Found:
    if "parsing a flow" not in at.problem or at.opened is None:
        return None
    line, column = at.opened
    bracket = at.lines[line][column : column + 1]
    closing = "]" if bracket == "[" else "}"
    if at.line == line or at.text.lstrip().startswith(('"', "'")):
        message = f"a comma or the closing {closing} is missing before this"
        return _here(at, message, f"It belongs to the {bracket} in line {line + 1}")
    message = f"the {bracket} that opens here is not closed"
    return Unreadable((line + 1, column + 1), message, f"Add {closing}, at the latest before line {at.line + 1}")


def _indicator(at: At) -> Found:
    if "cannot start any token" not in at.problem:
        return None
    rest = at.text[at.column :].strip()
    return _here(at, f"text cannot begin with {rest[:1]}", f"Put it in quotes: '{rest}'")


def _colon(at: At) -> Found:
    if "simple key" in at.problem and at.opened is not None:
        line, column = at.opened
        message = f"`{at.lines[line].strip()[:60]}` is no `key: value`"
        return Unreadable((line + 1, column + 1), message, "Add the colon and a space, or make it a comment with #")
    if "mapping values are not allowed" not in at.problem:
        return None
    is_first = ": " not in at.text[: at.column]
    if is_first and at.line_before is not None:
        before = at.lines[at.line_before]
        place = (at.line_before + 1, _indent_of(before) + 1)
        message = f"`{before.strip()[:60]}` is no `key: value`"
        return Unreadable(place, message, "Add the colon and a space, or make it a comment with #")
    return _here(at, "a second `: ` stands in one line", "Put the text that holds it in quotes")


def _indent(at: At) -> Found:
    if "parsing a block" not in at.problem or at.column != _indent_of(at.text):
        return None
    if at.text[at.column : at.column + 1] in ("]", "}"):
        return _here(
            at, f"{at.text[at.column]} closes nothing here", "Remove it, or add the bracket that it belongs to"
        )
    columns = sorted({_indent_of(text) + 1 for text in at.lines[: at.line] if text.strip()})
    if at.column + 1 in columns:
        message = "this line does not fit the block that it stands in"
        return _here(at, message, "Lines of one block either all begin with `- ` or are all `key: value`")
    message = f"this line begins in column {at.column + 1}, where no block stands"
    return _here(at, message, f"Align it with a block above (column {' or '.join(map(str, columns[-4:]))})")


def _tail(at: At) -> Found:
    if "parsing a block" not in at.problem:
        return None
    rest = at.text[at.column :].strip()[:60]
    message = f"`{rest}` follows a value that has ended"
    return _here(at, message, "Put the whole value in one pair of quotes, or remove the rest")
