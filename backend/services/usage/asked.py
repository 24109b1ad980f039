"""What a request asks for, as far as its body tells: the model, and whether the use is told at the end."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any

READ_WHOLE = 1 << 18  # bytes of a body that is parsed; of a longer one only its beginning is looked at

_MODEL = re.compile(rb'"(?<!\\")model"\s*:\s*"([^"\\]{1,200})"')
_MODEL_IN_PATH = re.compile(r"/models/([^/:]{1,200})(?::|/|$)")
_FREE = re.compile(
    r"[/:](?:count_tokens|countTokens|tokenize|detokenize|moderations|files|uploads|batches|cancel|vector_stores"
    r"|api/(?:show|pull|push|create|copy|delete|blobs|tags|ps|version))(?:/|$)"
)


@dataclass(frozen=True, slots=True)
class Asked:
    """`document` is the body where it is a JSON object and short enough to be read."""

    model: str | None
    document: dict[str, Any] | None


def asked_in(body: bytes, content_type: str, path: str) -> Asked:
    """`body` may be the beginning of a longer one."""
    in_path = _MODEL_IN_PATH.search(path)
    model = in_path[1] if in_path else None
    if "json" not in content_type.lower():
        return Asked(model, None)
    document = _document(body) if len(body) <= READ_WHOLE else None
    if document is not None:
        named = document.get("model")
        return Asked(named[:200] if isinstance(named, str) else model, document)
    found = _MODEL.search(body[:READ_WHOLE])
    return Asked(found[1].decode("utf-8", "replace") if found else model, None)


def is_call(method: str, path: str) -> bool:
    """Whether a model is asked for something: not by looking, and not by keeping house. What nobody knows counts."""
    return method == "POST" and _FREE.search(path) is None


def asking_usage(body: bytes) -> bytes | None:
    """The body with the wish to be told the use at the end of the stream; None where it is there already, or is no
    stream of chat completions. Blocks where the body is long."""
    document = _document(body)
    if document is None or document.get("stream") is not True or not ("messages" in document or "prompt" in document):
        return None
    options = document.get("stream_options")
    if options is not None and not isinstance(options, dict):
        return None
    if (options or {}).get("include_usage") is True:
        return None
    return json.dumps({**document, "stream_options": {**(options or {}), "include_usage": True}}).encode()


def _document(body: bytes) -> dict[str, Any] | None:
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None
