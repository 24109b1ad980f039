"""Takes out of a text what strangers shall not read, and counts it: known secrets by their value, others by the shape
that keys and passwords have, and the names of people in the paths of their home folders.

Rather one word too many goes than one key too few: what comes out is for people to read, not for programs.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from backend.core.secrets import HIDDEN, Secrets, worth_hiding

KNOWN = "known secret"
LEARNED = "secret of the definitions"
PRIVATE_KEY = "private key"
HOME = "name in a home folder"
PIECE = 1 << 14  # characters that are searched at once: others get their turn in between
LONGEST_LINE = 1 << 16  # characters; what is beyond is left out
BEYOND = 1 << 12  # characters after those that are searched too: a secret that is cut has no shape
GOES_ON = "[…the line goes on…]"
_TEACHES = re.compile(r"[^/\\~$<{].{5,}", re.DOTALL)  # neither a path nor a reference


@dataclass(frozen=True, slots=True)
class Shape:
    """`secret` is the group of the pattern that goes; `sure` where its form alone shows that it is one. A text without
    any of `words` (lower case) cannot have it."""

    rule: str
    pattern: re.Pattern[str]
    words: tuple[str, ...]
    sure: bool = True


def _shape(rule: str, pattern: str, *words: str, sure: bool = True) -> Shape:
    return Shape(rule, re.compile(pattern), words, sure)


_NAMED = (
    r"(?:passw(?:or)?d|passphrase|pwd|secret|token|(?:api|access|private|auth|account|secret)[_-]?key|credentials?)"
)
_SOMEBODY = r"(?!(?:public|shared|default)\b)"
_NAME = r"(?:[^\\/\s\"':;,<>|]|\\u[0-9a-f]{4}){1,64}"
_AUTH = r"(?i)\b(?:proxy-)?authorization[\"']?\s{0,4}[:=]\s{0,4}[\"']?(?:(?:bearer|basic|token|digest|apikey)\s{1,4})?"
_NEXT = r"[\"']?[ \t]{0,4}(?:,\s{0,40}|\r?\n[ \t]{0,40}-[ \t]{1,4})"  # item of a list in JSON or YAML
SHAPES = (
    _shape("authorization header", rf"{_AUTH}(?P<secret>[^\s\"',]{{4,}})", "authorization"),
    _shape("bearer token", r"(?i)\bbearer\s{1,4}(?P<secret>[A-Za-z0-9._~+/=-]{12,})", "bearer"),
    _shape(
        "user and password in base 64",
        r"\b[Bb]asic\s{1,4}(?P<secret>(?=[a-z+/]{0,200}[A-Z0-9=])[A-Za-z0-9+/]{12,}={0,2})",
        "basic",
    ),
    _shape("cookie", r"(?i)\b(?:set-)?cookie[\"']?\s{0,4}[:=]\s{0,4}[\"']?(?P<secret>[^\r\n\"']{4,})", "cookie"),
    _shape("password in an address", r"://[^\s/@:\"'<>]{0,200}:(?P<secret>[^\s/@\"'<>]{1,200})@", "://"),
    _shape("token in an address", r"://(?P<secret>[^\s/@:\"'<>]{8,200})@", "://"),
    _shape("JSON web token", r"(?P<secret>\beyJ[\w-]{8,}\.eyJ[\w-]{8,}(?:\.[\w-]*)?)", "eyj"),
    _shape(
        "key of an API",
        r"\b(?P<secret>(?:sk|rk|pk)[-_][A-Za-z0-9_-]{16,})",
        *("sk-", "rk-", "pk-", "sk_", "rk_", "pk_"),
    ),
    _shape("token of GitHub", r"\b(?P<secret>(?:gh[oprsu]_|github_pat_)[A-Za-z0-9_]{20,})", "gh", "github_pat_"),
    _shape("token of GitLab", r"\b(?P<secret>gl[a-z]{2,8}-[\w-]{20,})", "gl"),
    _shape("token of Slack", r"\b(?P<secret>xox[a-z]-[\w-]{10,})", "xox"),
    _shape("key of Google", r"\b(?P<secret>AIza[\w-]{30,}|ya29\.[\w-]{20,})", "aiza", "ya29."),
    _shape("key of AWS", r"\b(?P<secret>(?:AKIA|ASIA)[A-Z0-9]{16})\b", "akia", "asia"),
    _shape("token of Hugging Face", r"\b(?P<secret>hf_[A-Za-z0-9]{20,})", "hf_"),
    _shape(
        "token of a registry",
        r"\b(?P<secret>npm_[A-Za-z0-9]{30,}|pypi-[\w-]{30,}|dckr_pat_[\w-]{20,})",
        *("npm_", "pypi-", "dckr_"),
    ),
    _shape("token of a bot", r"(?P<secret>(?<!\d)\d{8,12}:[\w-]{30,})", ":"),
    _shape("key of SendGrid", r"\b(?P<secret>SG\.[\w-]{16,}\.[\w-]{16,})", "sg."),
    _shape(
        "secret in an address",
        rf"(?i)[?&#;](?:key|sig|signature|code|auth|{_NAMED}|[\w-]{{0,40}}[_-]{_NAMED})=(?P<secret>[^\s&\"'<>]{{1,}})",
        "=",
        sure=False,
    ),
    _shape(
        "value with a telling name",
        rf"(?i)(?<![A-Za-z0-9])[\w-]{{0,40}}?{_NAMED}[\"']?[ \t]{{0,4}}[:=][ \t]{{0,4}}"
        r"(?:\"(?P<double>[^\"\r\n]{4,})\"|"
        r"'(?P<single>[^'\r\n]{4,})'|(?P<secret>[^\s\"',;&]{4,}))",
        *("passw", "passphrase", "pwd", "secret", "token", "key", "credential"),
        sure=False,
    ),
    _shape(
        "option with a telling name",
        rf"(?i)(?<![\w-])--?[\w-]{{0,40}}?{_NAMED}(?:[ \t]{{1,4}}[\"']?(?P<secret>[^\s\"'-][^\s\"']{{3,}})|"
        rf"{_NEXT}[\"']?(?P<item>[^\s\"',\]-][^\s\"',\]]{{3,}}))",
        *("passw", "passphrase", "pwd", "secret", "token", "key", "credential"),
        sure=False,
    ),
    _shape(
        HOME,
        rf"(?i)(?:[a-z]:|/[a-z])(?:\\{{1,2}}|/)users(?:\\{{1,2}}|/){_SOMEBODY}"
        rf"(?P<windows>{_NAME}(?: {_NAME}){{1,3}}(?=[\\/])|{_NAME})"  # with spaces where it is sure that it goes on
        rf"|(?<![\w.])/(?:home|users)/{_SOMEBODY}(?P<secret>{_NAME})",
        *("users", "/home/"),
    ),
)  # fmt: skip
_BEGIN = re.compile(r"-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY-----")
_END = re.compile(r"-----END [A-Z0-9 ]{0,40}PRIVATE KEY-----")


@dataclass
class Redaction:
    """`replaced` counts by rule and place how often something was taken out; `learned` are those of `learn`."""

    secrets: Secrets
    learned: Secrets = field(default_factory=Secrets)
    replaced: Counter[tuple[str, str]] = field(default_factory=Counter)

    def learn(self, text: str) -> None:
        """From now on what has the shape of a secret in `text`, which a person has written, goes wherever it stands."""
        for shape in SHAPES:
            if shape.rule != HOME:
                found = [
                    value for match in shape.pattern.finditer(text) for value in match.groupdict().values() if value
                ]
                bare = [value.rstrip(")]}") for value in found]  # the end of a list is none of its last item
                self.learned.add(filter(_TEACHES.fullmatch, [*found, *bare]))

    def pieces(self, texts: Iterator[str], where: str) -> Iterator[str]:
        """What may be shown of a text that comes in pieces, each of whole lines; as many pieces as came, where none is
        longer than `PIECE`. A line loses what is beyond `LONGEST_LINE`."""
        inside = False
        for text in texts:
            for part in _parts(text):
                kept, inside = self._without_private_keys(part, where, inside)
                yield self._clean(kept, where) if len(kept) <= LONGEST_LINE else self._beginning_of(kept, where)

    def _beginning_of(self, line: str, where: str) -> str:
        shown = self._clean(line[: LONGEST_LINE + BEYOND], where)[:-BEYOND]
        return shown + GOES_ON + ("\n" if line.endswith("\n") else "")

    def _clean(self, text: str, where: str) -> str:
        text = self._without_known(KNOWN, self.secrets, text, where)
        low = text.lower()
        for shape in SHAPES:
            if any(word in low for word in shape.words):
                text = self._without(shape, text, where)
        return self._without_known(LEARNED, self.learned, text, where)

    def _without_known(self, rule: str, secrets: Secrets, text: str, where: str) -> str:
        text, count = secrets.hidden_and_counted(text)
        if count:
            self.replaced[rule, where] += count
        return text

    def _without(self, shape: Shape, text: str, where: str) -> str:
        def struck(match: re.Match[str]) -> str:
            groups: Mapping[str, str | None] = match.groupdict()
            name = next(name for name, value in groups.items() if value is not None)
            secret = match[name]
            if HIDDEN in secret or not (shape.sure or worth_hiding(secret)):
                return match[0]
            self.replaced[shape.rule, where] += 1
            start, end = match.start(name) - match.start(), match.end(name) - match.start()
            return match[0][:start] + HIDDEN + match[0][end:]

        return shape.pattern.sub(struck, text)

    def _without_private_keys(self, text: str, where: str, inside: bool) -> tuple[str, bool]:
        """Line by line, since a key may reach over pieces; and whether the text ends inside of one."""
        if not inside and "PRIVATE KEY" not in text:
            return text, False
        kept: list[str] = []
        for line in text.splitlines(keepends=True):
            begins = not inside and _BEGIN.search(line) is not None
            if begins:
                self.replaced[PRIVATE_KEY, where] += 1
                kept.append(HIDDEN + line[len(line.rstrip("\r\n")) :])
            if not inside and not begins:
                kept.append(line)
            inside = (inside or begins) and _END.search(line) is None
        return "".join(kept), inside


def _parts(text: str) -> Iterator[str]:
    """Cut behind line ends where there are any."""
    start = 0
    while len(text) - start > PIECE:
        end = text.rfind("\n", start, start + PIECE) + 1 or text.find("\n", start) + 1 or len(text)
        yield text[start:end]
        start = end
    yield text[start:]
