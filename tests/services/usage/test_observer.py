"""What passes is understood however it is cut into blocks, and nothing that passes can do harm."""

from __future__ import annotations

import gzip
import json
import random
import zlib
from collections.abc import Iterator

import pytest

from backend.services.usage.model import Tokens, Used
from backend.services.usage.observer import TAIL, WHOLE, Observer

USAGE = {"prompt_tokens": 100, "completion_tokens": 20, "total_tokens": 120}
TOKENS = Tokens(100, output=20)


def events(*documents: object) -> bytes:
    return b"".join(b"data: " + json.dumps(one).encode() + b"\n\n" for one in documents) + b"data: [DONE]\n\n"


STREAM = events(
    {"model": "gpt", "choices": [{"delta": {"role": "assistant", "content": ""}}], "usage": None},
    {"model": "gpt", "choices": [{"delta": {"content": 'say "usage": {"prompt_tokens": 1}'}}], "usage": None},
    {"model": "gpt", "choices": [], "usage": USAGE},
)


def cut(data: bytes, seed: int) -> Iterator[bytes]:
    rng, at = random.Random(seed), 0
    while at < len(data):
        size = rng.choice((1, 2, 7, 60, 500))
        yield data[at : at + size]
        at += size


def seen(data: Iterator[bytes] | list[bytes], kind: str, encoding: str = "") -> tuple[str | None, Used | None]:
    observer = Observer(kind, encoding)
    for block in data:
        observer.feed(block)
    return observer.result()


@pytest.mark.parametrize("packed", [False, True])
def test_streams_are_understood_however_they_are_cut(seed: int, packed: bool) -> None:
    data = gzip.compress(STREAM) if packed else STREAM
    model, used = seen(cut(data, seed), "text/event-stream; charset=utf-8", "gzip" if packed else "")
    assert model == "gpt"
    assert used is not None
    assert used.tokens == TOKENS


@pytest.mark.parametrize(("encoding", "pack"), [("gzip", gzip.compress), ("deflate", zlib.compress), ("", bytes)])
def test_documents_are_understood_packed_or_not(seed: int, encoding: str, pack: object) -> None:
    data = json.dumps({"model": "gpt", "choices": [], "usage": USAGE}).encode()
    model, used = seen(cut(pack(data), seed), "application/json", encoding)  # type: ignore[operator]
    assert (model, used is not None and used.tokens) == ("gpt", TOKENS)


def test_the_first_words_of_a_stream_are_noticed() -> None:
    observer = Observer("text/event-stream", "")
    first, second, *_ = STREAM.split(b"\n\n")
    observer.feed(first + b"\n\n")
    assert not observer.words
    observer.feed(second + b"\n\n")
    assert observer.words


@pytest.mark.parametrize("usage_first", [True, False])
def test_of_a_long_document_beginning_and_end_are_enough(seed: int, usage_first: bool) -> None:
    """As embeddings are: megabytes of numbers, and their use behind or, in the beginning, not found."""
    rows = [{"embedding": [0.123456789] * 1500, "note": 'a \\"usage\\": {\\"prompt_tokens\\": 5}'} for _ in range(40)]
    parts = {"usage": USAGE, "data": rows} if usage_first else {"data": rows, "usage": USAGE}
    data = json.dumps({"model": "embed", **parts}).encode()
    assert len(data) > WHOLE + TAIL
    model, used = seen(cut(data, seed), "application/json")
    assert (model, used) == seen([data], "application/json")
    assert model == "embed"
    assert (used is None) if usage_first else (used is not None and used.tokens == TOKENS)


@pytest.mark.parametrize("kind", ["audio/mpeg", "text/html", ""])
def test_what_is_no_json_is_not_looked_at(kind: str) -> None:
    assert seen([b'{"model": "m", "usage": {"prompt_tokens": 1}}'], kind) == (None, None)


@pytest.mark.parametrize(
    ("data", "encoding"),
    [
        (b"\x00\xff" * 1000, ""),
        (b"{" * 100_000, ""),
        (b'{"a":' * 100_000 + b"\n", ""),
        (b'{"choices": "' + b"x" * (WHOLE + TAIL) + b'", "usage": {"prompt_tokens": ' + b"[" * 10_000, ""),
        (b"not gzip at all", "gzip"),
        (gzip.compress(STREAM)[:-20], "gzip"),
        (STREAM, "br"),
        (b"data: " + b"x" * 3_000_000, ""),
        (b"[]", ""),
        (b'{"usage": {"prompt_tokens": ', ""),
    ],
)
@pytest.mark.parametrize("kind", ["text/event-stream", "application/json"])
def test_nonsense_does_no_harm(data: bytes, encoding: str, kind: str) -> None:
    _, used = seen([data], kind, encoding)
    assert used is None or used.tokens == TOKENS


def test_what_unpacks_to_much_is_read_in_parts() -> None:
    bomb = gzip.compress(b" " * 50_000_000 + STREAM)
    assert len(bomb) < 100_000
    _, used = seen([bomb], "text/event-stream", "gzip")
    assert used is not None
    assert used.tokens == TOKENS
