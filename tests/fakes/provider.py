"""A provider of models on this machine, in a process of its own: answers over real HTTP, in the wire formats of OpenAI,
Anthropic and Ollama, well or badly as the model in the request says.

    python -m tests.fakes.provider FILE

writes its port into FILE. `GET /_seen` tells what was asked, `GET /_open` how many answers are on their way. A stream
of a model called `led` says one part more for each `GET /_on`, and else nothing.
"""

from __future__ import annotations

import asyncio
import base64
import gzip
import json
import os
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from backend.config import ROOT

WORDS = ("Hello", ", ", "wor", "ld", "!")
PAUSE = 0.15  # seconds between two words of a slow one
PACE = 0.005  # seconds between two words of a paced one, as of a quick model
LARGE = 1 << 24  # bytes of what a large one says at once
THOUGHT = 0.2  # seconds until one that thinks first says anything


@dataclass
class Asked:
    method: str
    target: str
    headers: list[tuple[str, str]]
    body: bytes

    @property
    def document(self) -> dict[str, Any]:
        try:
            found = json.loads(self.body)
        except ValueError:
            return {}
        return found if isinstance(found, dict) else {}

    @property
    def model(self) -> str:
        return str(self.document.get("model", ""))

    @property
    def streams(self) -> bool:
        return bool(self.document.get("stream", "/api/" in self.target))


@dataclass
class Provider:
    seen: list[Asked] = field(default_factory=list)
    open: int = 0
    led: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(0))

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while (asked := await _request(reader, writer)) is not None:
                await self._answer(asked, reader, writer)
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    async def _answer(self, asked: Asked, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if asked.target == "/_seen":
            seen = [
                {
                    "method": one.method,
                    "target": one.target,
                    "headers": one.headers,
                    "body": base64.b64encode(one.body).decode(),
                }
                for one in self.seen
            ]
            await _whole(writer, json.dumps(seen).encode())
        elif asked.target == "/_open":
            await _whole(writer, str(self.open).encode())
        elif asked.target == "/_on":
            self.led.release()
            await _whole(writer, b"")
        else:
            self.seen.append(asked)
            self.open += 1
            answering = asyncio.ensure_future(_play(asked, writer, self.led))
            gone = asyncio.ensure_future(reader.read(1))  # nobody pipelines here: what comes is the end
            try:
                await asyncio.wait({answering, gone}, return_when=asyncio.FIRST_COMPLETED)
                if not answering.done():
                    raise ConnectionResetError
                answering.result()
            finally:
                self.open -= 1
                answering.cancel()
                gone.cancel()
                await asyncio.gather(answering, gone, return_exceptions=True)


async def _play(asked: Asked, writer: asyncio.StreamWriter, led: asyncio.Semaphore) -> None:
    model = asked.model
    if model.startswith("error-"):
        await _whole(writer, _error(asked), status=int(model.removeprefix("error-")), extra="retry-after: 0\r\n")
    elif model == "hangs":
        await asyncio.sleep(60)
    elif asked.method == "GET" or asked.target.endswith("/count_tokens"):
        await _whole(writer, b'{"object": "list", "data": [], "input_tokens": 14}')
    elif asked.model == "slow-start":
        await asyncio.sleep(THOUGHT)
        await _document(asked, writer)
    elif asked.streams:
        await _stream(asked, writer, led)
    else:
        await _document(asked, writer)


def _error(asked: Asked) -> bytes:
    if "/messages" in asked.target:
        return b'{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}'
    return b'{"error":{"message":"You exceeded your quota","type":"insufficient_quota","code":"insufficient_quota"}}'


# Whole answers


async def _document(asked: Asked, writer: asyncio.StreamWriter) -> None:
    body = json.dumps(_answer_of(asked)).encode()
    if asked.model == "cut":
        writer.write(
            b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 4096\r\n\r\n"
            + body[: body.index(b"ld")]
        )
        await writer.drain()
        writer.close()
        return
    accepted = dict(asked.headers).get("accept-encoding", "")
    if asked.model == "gzip" and "gzip" in accepted:
        await _whole(writer, gzip.compress(body, mtime=0), extra="content-encoding: gzip\r\n")
    else:
        await _whole(writer, body)


def _answer_of(asked: Asked) -> dict[str, Any]:
    text, model, known = "".join(WORDS), asked.model, asked.model != "no-usage"
    if model == "large":
        text *= LARGE // len(text)
    if asked.target.startswith("/api/"):
        counts = {"prompt_eval_count": 26, "eval_count": 5} if known else {}
        return {"model": model, "message": {"role": "assistant", "content": text}, "done": True, **counts}
    if "/messages" in asked.target:
        return {
            "id": "msg_1", "type": "message", "role": "assistant", "model": model, "stop_reason": "end_turn",
            "stop_sequence": None, "content": [{"type": "text", "text": text}],
            "usage": _anthropic_usage(5),
        }  # fmt: skip
    if "/responses" in asked.target:
        return _response(model, text)
    if "/embeddings" in asked.target:
        embedded = {"prompt_tokens": 8, "total_tokens": 8}
        row = {"object": "embedding", "index": 0, "embedding": [0.25, -0.5]}
        return {"object": "list", "model": model, "data": [row], "usage": embedded}
    choice = {"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": text}, "logprobs": None}
    usage: dict[str, Any] = {"usage": _openai_usage()} if known else {}
    return {"id": "c-1", "object": "chat.completion", "created": 1, "model": model, "choices": [choice], **usage}


def _openai_usage() -> dict[str, Any]:
    return {
        "prompt_tokens": 100, "completion_tokens": 20, "total_tokens": 120,
        "prompt_tokens_details": {"cached_tokens": 40, "audio_tokens": 0},
        "completion_tokens_details": {"reasoning_tokens": 8},
    }  # fmt: skip


def _anthropic_usage(output: int) -> dict[str, Any]:
    return {
        "input_tokens": 12, "cache_read_input_tokens": 300, "cache_creation_input_tokens": 50,
        "cache_creation": {"ephemeral_5m_input_tokens": 30, "ephemeral_1h_input_tokens": 20},
        "output_tokens": output, "service_tier": "standard",
    }  # fmt: skip


def _response(model: str, text: str) -> dict[str, Any]:
    content = [{"type": "output_text", "text": text, "annotations": []}]
    message = {"type": "message", "id": "m", "role": "assistant", "status": "completed", "content": content}
    usage = {
        "input_tokens": 100, "input_tokens_details": {"cached_tokens": 40}, "output_tokens": 20,
        "output_tokens_details": {"reasoning_tokens": 8}, "total_tokens": 120,
    }  # fmt: skip
    return {
        "id": "r-1", "object": "response", "created_at": 1, "status": "completed", "model": model, "output": [message],
        "parallel_tool_calls": True, "tool_choice": "auto", "tools": [], "usage": usage,
    }  # fmt: skip


# Streams


async def _stream(asked: Asked, writer: asyncio.StreamWriter, led: asyncio.Semaphore) -> None:
    kind = "application/x-ndjson" if asked.target.startswith("/api/") else "text/event-stream; charset=utf-8"
    packed = asked.model == "gzip"
    packer = _Packer() if packed else None
    encoding = "content-encoding: gzip\r\n" if packed else ""
    writer.write(
        f"HTTP/1.1 200 OK\r\ncontent-type: {kind}\r\n{encoding}x-request-id: req-1\r\n"
        "transfer-encoding: chunked\r\n\r\n".encode()
    )
    async for event in _events(asked):
        if asked.model == "led":
            await led.acquire()
        data = packer.pack(event) if packer else event
        writer.write(b"%x\r\n%b\r\n" % (len(data), data))
        await writer.drain()
        if (pause := {"slow": PAUSE, "paced": PACE}.get(asked.model)) is not None:
            await asyncio.sleep(pause)
        if asked.model == "cut" and WORDS[2].encode() in event:
            writer.close()
            return
    writer.write(b"0\r\n\r\n")
    await writer.drain()


class _Packer:
    def __init__(self) -> None:
        import zlib

        self._compressor, self._flush = zlib.compressobj(wbits=zlib.MAX_WBITS | 16), zlib.Z_SYNC_FLUSH

    def pack(self, data: bytes) -> bytes:
        return self._compressor.compress(data) + self._compressor.flush(self._flush)


async def _events(asked: Asked) -> AsyncIterator[bytes]:
    """One at a time; models called `many` and `paced` say a lot."""
    times = {"many": 400, "paced": 40}.get(asked.model, 1)
    if asked.target.startswith("/api/"):
        kind = _ollama_events(asked, times)
    elif "/messages" in asked.target:
        kind = _anthropic_events(asked, times)
    elif "/responses" in asked.target:
        kind = _responses_events(asked)
    else:
        kind = _openai_events(asked, times)
    for event in kind:
        yield event


def _sse(document: dict[str, Any], name: str = "") -> bytes:
    head = f"event: {name}\n" if name else ""
    return f"{head}data: {json.dumps(document, separators=(',', ':'))}\n\n".encode()


def _openai_events(asked: Asked, times: int) -> Iterator[bytes]:
    options = asked.document.get("stream_options") or {}
    told = options.get("include_usage") is True and asked.model != "no-usage"
    common = {"id": "c-1", "object": "chat.completion.chunk", "created": 1, "model": asked.model}
    usage = {"usage": None} if told else {}
    delta: dict[str, Any] = {"role": "assistant", "content": ""}
    yield _sse({**common, "choices": [{"index": 0, "delta": delta, "finish_reason": None}], **usage})
    for word in WORDS * times:
        choice = {"index": 0, "delta": {"content": word}, "finish_reason": None}
        yield _sse({**common, "choices": [choice], **usage})
    yield _sse({**common, "choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}], **usage})
    if told:
        yield _sse({**common, "choices": [], "usage": _openai_usage()})
    yield b"data: [DONE]\n\n"


def _responses_events(asked: Asked) -> Iterator[bytes]:
    begun = {**_response(asked.model, ""), "status": "in_progress", "output": [], "usage": None}
    yield _sse({"type": "response.created", "sequence_number": 0, "response": begun}, "response.created")
    for number, word in enumerate(WORDS, 1):
        delta = {"type": "response.output_text.delta", "sequence_number": number, "item_id": "m", "output_index": 0}
        yield _sse({**delta, "content_index": 0, "delta": word, "logprobs": []}, "response.output_text.delta")
    done = {"type": "response.completed", "sequence_number": 9, "response": _response(asked.model, "".join(WORDS))}
    yield _sse(done, "response.completed")


def _anthropic_events(asked: Asked, times: int) -> Iterator[bytes]:
    message: dict[str, Any] = {
        "id": "msg_1", "type": "message", "role": "assistant", "model": asked.model, "content": [],
        "stop_reason": None, "stop_sequence": None, "usage": _anthropic_usage(1),
    }  # fmt: skip
    yield _sse({"type": "message_start", "message": message}, "message_start")
    block = {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}}
    yield _sse(block, "content_block_start")
    for word in WORDS * times:
        delta = {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": word}}
        yield _sse(delta, "content_block_delta")
    yield _sse({"type": "content_block_stop", "index": 0}, "content_block_stop")
    end = {"stop_reason": "end_turn", "stop_sequence": None}
    yield _sse({"type": "message_delta", "delta": end, "usage": {"output_tokens": 5}}, "message_delta")
    yield _sse({"type": "message_stop"}, "message_stop")


def _ollama_events(asked: Asked, times: int) -> Iterator[bytes]:
    for word in WORDS * times:
        message = {"role": "assistant", "content": word}
        yield json.dumps({"model": asked.model, "message": message, "done": False}).encode() + b"\n"
    counts = {} if asked.model == "no-usage" else {"prompt_eval_count": 26, "eval_count": 5, "eval_duration": 1}
    last = {"model": asked.model, "message": {"role": "assistant", "content": ""}, "done": True, **counts}
    yield json.dumps(last).encode() + b"\n"


# HTTP


async def _request(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> Asked | None:
    try:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    except asyncio.IncompleteReadError:
        return None
    first, *lines = head.strip().split("\r\n")
    method, target, _ = first.split(" ")
    headers = [(name.lower(), value.strip()) for name, _, value in (line.partition(":") for line in lines)]
    by_name = dict(headers)
    if by_name.get("transfer-encoding") == "chunked":
        body = await _chunks(reader)
    else:
        body = await reader.readexactly(int(by_name.get("content-length", "0")))
    return Asked(method, target, headers, body)


async def _chunks(reader: asyncio.StreamReader) -> bytes:
    body = b""
    while size := int(await reader.readline(), 16):
        body += await reader.readexactly(size)
        await reader.readexactly(2)
    await reader.readline()
    return body


async def _whole(writer: asyncio.StreamWriter, body: bytes, *, status: int = 200, extra: str = "") -> None:
    writer.write(
        f"HTTP/1.1 {status} Whatever\r\nContent-Type: application/json\r\nX-Request-Id: req-1\r\n{extra}"
        f"content-length: {len(body)}\r\n\r\n".encode()
        + body
    )
    await writer.drain()


async def _main(file: Path) -> None:
    server = await asyncio.start_server(Provider().serve, "127.0.0.1", 0, limit=1 << 26)
    port = server.sockets[0].getsockname()[1]
    file.with_suffix(".part").write_text(str(port), encoding="utf-8")
    file.with_suffix(".part").replace(file)
    async with server:
        await server.serve_forever()


@contextmanager
def running(folder: Path) -> Iterator[str]:
    """Its address, while it runs."""
    file = folder / "provider.port"
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.fakes.provider", str(file)], cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)}
    )
    try:
        deadline = time.monotonic() + 60
        while not file.exists():
            assert process.poll() is None
            assert time.monotonic() < deadline
            time.sleep(0.01)
        yield f"http://127.0.0.1:{file.read_text(encoding='utf-8')}"
    finally:
        process.kill()
        process.wait()


def seen_by(address: str) -> list[Asked]:
    """What it was asked, in order."""
    rows = httpx.get(f"{address}/_seen", trust_env=False).json()
    return [
        Asked(one["method"], one["target"], [(name, value) for name, value in one["headers"]],
              base64.b64decode(one["body"]))
        for one in rows
    ]  # fmt: skip


if __name__ == "__main__":
    asyncio.run(_main(Path(sys.argv[1])))
