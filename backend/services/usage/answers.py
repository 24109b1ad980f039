"""What an answer says of its use, whichever API wrote it: known by its shape, since gateways speak each other's.

OpenAI counts cached tokens into its input, Anthropic beside it; Ollama counts what it had to read. Here all buckets
exclude one another.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from backend.services.usage.model import Tokens, Used

Document = Mapping[str, Any]

MOST_TOKENS = 10**12  # of one bucket: what is said to be more is nonsense, and no number for a database

_ENVELOPES = ("response", "message")  # of events: OpenAI's responses, and Anthropic's first event
_TIERS = {"flex", "priority", "default", "fast"}


def used_in(document: Document) -> Used | None:
    """Of a whole answer, or of one event of a stream; None where it says nothing of its use."""
    for part in _parts(document):
        if isinstance(raw := part.get("usage"), dict) and (tokens := _tokens(raw)) is not None:
            return Used(tokens, model_in(document), raw, _variant(part, raw))
        if isinstance(raw := part.get("usageMetadata"), dict):
            return Used(_google(raw), model_in(document), raw)
        if "eval_count" in part or "prompt_eval_count" in part:
            raw = {name: value for name, value in part.items() if name.endswith(("_count", "_duration"))}
            return Used(_ollama(part), model_in(document), raw)
    return None


def model_in(document: Document) -> str | None:
    for part in _parts(document):
        model = part.get("model") or part.get("modelVersion")
        if isinstance(model, str):
            return model[:200]
    return None


def together(before: Used | None, after: Used | None) -> Used | None:
    """Of one stream: Anthropic tells the input first and the output last, and repeats nothing else. What is told later
    counts."""
    if before is None or after is None:
        return after or before
    raw = {**before.raw, **{name: value for name, value in after.raw.items() if value is not None}}
    tokens = _tokens(raw)
    if tokens is None:
        return after
    return Used(tokens, after.model or before.model, raw, {**before.variant, **after.variant})


def _parts(document: Document) -> Iterator[Document]:
    yield document
    for name in _ENVELOPES:
        if isinstance(part := document.get(name), dict):
            yield part


def _tokens(raw: Document) -> Tokens | None:
    if "prompt_tokens" in raw or "completion_tokens" in raw:
        return _openai(raw, "prompt_tokens", "completion_tokens")
    if "input_tokens" not in raw and "output_tokens" not in raw:
        return None
    if "input_tokens_details" in raw:
        return _openai(raw, "input_tokens", "output_tokens")
    return _anthropic(raw)


def _openai(raw: Document, sent: str, received: str) -> Tokens:
    whole, output = _count(raw, sent), _count(raw, received)
    details = _mapping(raw, f"{sent}_details")
    read = _count(details, "cached_tokens") or _count(raw, "prompt_cache_hit_tokens")
    written = _count(details, "cache_write_tokens")
    read = min(read, whole)
    written = min(written, whole - read)
    # some count what was thought into neither, but into the total
    output = max(output, _count(raw, "total_tokens") - whole)
    reasoning = min(_count(_mapping(raw, f"{received}_details"), "reasoning_tokens"), output)
    return Tokens(whole - read - written, read, written, output, reasoning=reasoning)


def _anthropic(raw: Document) -> Tokens:
    by_age = _mapping(raw, "cache_creation")
    hour = _count(by_age, "ephemeral_1h_input_tokens")
    written = max(_count(raw, "cache_creation_input_tokens"), hour + _count(by_age, "ephemeral_5m_input_tokens"))
    return Tokens(
        _count(raw, "input_tokens"),
        _count(raw, "cache_read_input_tokens"),
        written,
        _count(raw, "output_tokens"),
        cache_write_1h=hour,
    )


def _google(raw: Document) -> Tokens:
    whole, thoughts = _count(raw, "promptTokenCount"), _count(raw, "thoughtsTokenCount")
    read = min(_count(raw, "cachedContentTokenCount"), whole)
    tools = _count(raw, "toolUsePromptTokenCount")
    return Tokens(whole - read + tools, read, output=_count(raw, "candidatesTokenCount") + thoughts, reasoning=thoughts)


def _ollama(part: Document) -> Tokens:
    return Tokens(_count(part, "prompt_eval_count"), output=_count(part, "eval_count"))


def _variant(part: Document, raw: Document) -> dict[str, str]:
    tier = raw.get("service_tier") or part.get("service_tier")
    if tier == "batch":
        return {"processing": "batch"}
    return {"service_tier": tier} if isinstance(tier, str) and tier in _TIERS else {}


def _count(of: Document, name: str) -> int:
    value = of.get(name)
    return min(value, MOST_TOKENS) if isinstance(value, int) and not isinstance(value, bool) and value > 0 else 0


def _mapping(of: Document, name: str) -> Document:
    value = of.get(name)
    return value if isinstance(value, dict) else {}
