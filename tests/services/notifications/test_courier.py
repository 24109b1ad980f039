"""What becomes of messages at real servers of this machine, well and badly."""

from __future__ import annotations

import asyncio
import shutil
import socket
import sys
from collections.abc import Iterator
from contextlib import aclosing
from datetime import UTC, datetime
from email import message_from_string, policy
from pathlib import Path

import psutil
import pytest

from backend.core.tasks import open_tasks
from backend.database.tables.notifications import DeliveryRow
from backend.services.notifications.courier import Courier, Outcome
from backend.services.notifications.model import Target
from backend.services.notifications.outbox import Outbox
from backend.services.notifications.sending import webhook
from backend.services.notifications.sending.by_apprise import NOT_UNDERSTOOD
from backend.services.notifications.sending.message import Message, Undelivered
from backend.services.notifications.understanding import Understanding
from tests.fakes.receivers import Answer, Hook, hooked, mailbox, untrusted
from tests.services.notifications.news import crash

NOW = datetime(2026, 1, 6, 12, tzinfo=UTC)


def message(url: str, service: str = "comfyui") -> DeliveryRow:
    row, *_ = Outbox(UTC, lambda text: text).add(Target("one", url), crash(NOW, service), NOW, 0)
    return row


async def sent(url: str, *services: str, patience: float = 60.0) -> list[Outcome]:
    courier = Courier(str, patience)
    rows = [message(url, service) for service in services or ("comfyui",)]
    async with aclosing(courier.send(Target("one", url), rows)) as outcomes:
        return [outcome async for outcome in outcomes]


@pytest.fixture
def hook() -> Iterator[Hook]:
    with hooked() as one:
        yield one


async def test_a_webhook_gets_the_message_as_json(hook: Hook) -> None:
    assert await sent(f"http://127.0.0.1:{hook.port}/in?key=1#part") == [Outcome()]
    (posted,) = hook.got
    assert (posted.path, posted.headers["Content-Type"]) == ("/in?key=1", "application/json")
    document = posted.document
    assert {name: document[name] for name in ("version", "kind", "severity", "subject", "name", "count", "title")} == {
        "version": 1, "kind": "crash", "severity": "warning", "subject": "comfyui", "name": "comfyui", "count": 1,
        "title": "comfyui crashed",
    }  # fmt: skip
    assert document["text"].startswith("exit code 1\n2026-01-06 12:00:00, ")
    assert (document["since"], document["at"]) == (NOW.isoformat(), NOW.isoformat())
    assert document["event"]["type"] == "service.exited"
    assert document["event"]["payload"] == {"exit_code": 1, "signal": None, "exit": "exit code 1"}
    assert document["id"] == document["event"]["id"]


async def test_name_and_password_of_an_address_are_not_a_part_of_the_request_line(hook: Hook) -> None:
    assert await sent(f"http://me:pa%2Fss@127.0.0.1:{hook.port}/in") == [Outcome()]
    assert (hook.got[0].path, hook.got[0].headers["Authorization"]) == ("/in", "Basic bWU6cGEvc3M=")


async def test_several_messages_go_in_order_through_one_process(hook: Hook) -> None:
    assert await sent(f"http://127.0.0.1:{hook.port}", "a", "b", "c") == [Outcome()] * 3
    assert hook.titles == ["a crashed", "b crashed", "c crashed"]


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [
        (Answer(500), Outcome("it answers 500 Internal Server Error")),
        (Answer(429, {"Retry-After": "7"}), Outcome("it answers 429 Too Many Requests", retry_after=7.0)),
        (Answer(503, {"Retry-After": "9999999"}), Outcome("it answers 503 Service Unavailable", retry_after=21_600.0)),
        (Answer(503, {"Retry-After": "soon"}), Outcome("it answers 503 Service Unavailable")),
        (
            Answer(429, {"Retry-After": "Tue, 06 Jan 2026 12:00:00 GMT"}),
            Outcome("it answers 429 Too Many Requests", retry_after=0.0),
        ),
        (Answer(404), Outcome("it answers 404 Not Found", lasting=True)),
        (Answer(401), Outcome("it answers 401 Unauthorized", lasting=True)),
        (
            Answer(301, {"Location": "/elsewhere"}),
            Outcome("it answers 301 Moved Permanently: write the address to which that leads", lasting=True),
        ),
    ],
)
async def test_what_a_webhook_answers_says_whether_to_try_again(answer: Answer, outcome: Outcome, hook: Hook) -> None:
    hook.answer = answer
    assert await sent(f"http://127.0.0.1:{hook.port}") == [outcome]
    assert hook.asked == 1


async def test_after_one_that_has_to_wait_the_next_are_not_tried(hook: Hook) -> None:
    hook.answer = Answer(503)
    assert len(await sent(f"http://127.0.0.1:{hook.port}", "a", "b")) == 1
    hook.answer = Answer(404)
    assert len(await sent(f"http://127.0.0.1:{hook.port}", "a", "b")) == 2


async def test_a_connection_that_is_refused_is_told_as_that() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # nobody listens there
        assert await sent(f"http://127.0.0.1:{taken.getsockname()[1]}") == [Outcome("connection refused")]


async def test_what_is_no_http_is_told_as_that() -> None:
    async def gibberish(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        await reader.readuntil(b'"cause": null')
        writer.write(b"\x00\x01 hello\r\n\r\n")
        await writer.drain()
        await reader.read()  # until the other side has gone
        writer.close()

    server = await asyncio.start_server(gibberish, "127.0.0.1", 0)
    async with server:
        port = server.sockets[0].getsockname()[1]
        assert await sent(f"http://127.0.0.1:{port}") == [Outcome("what it answers is not HTTP")]


@pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl is not there")
async def test_a_certificate_that_nobody_has_signed_is_not_trusted(tmp_path: Path) -> None:
    with hooked(untrusted(tmp_path)) as hook:
        (outcome,) = await sent(f"https://127.0.0.1:{hook.port}")
    assert outcome == Outcome("its certificate is not trusted: self-signed certificate")
    assert hook.asked == 0


def test_one_that_does_not_answer_in_time_is_told_as_that(hook: Hook, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("backend.services.notifications.sending.webhook.LIMIT", 0.2)
    hook.answer = Answer(hangs=True)
    send = webhook.sender(f"http://127.0.0.1:{hook.port}")
    with pytest.raises(Undelivered, match=r"no answer within 0\.2 s"):
        send(Message("title", "text", "info", {}))


async def test_one_that_never_answers_is_left_and_its_process_ended(hook: Hook) -> None:
    hook.answer = Answer(hangs=True)
    before = set(psutil.Process().children())
    assert await sent(f"http://127.0.0.1:{hook.port}", patience=3.0) == [Outcome("nothing came of it within 3 s")]
    assert set(psutil.Process().children()) <= before
    assert hook.asked == 1


async def test_no_proxy_is_asked_for_what_is_on_this_machine(hook: Hook, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    assert await sent(f"http://127.0.0.1:{hook.port}") == [Outcome()]


@pytest.mark.skipif(sys.platform == "win32", reason="a program of POSIX")
@pytest.mark.parametrize(
    ("does", "error"),
    [
        ("echo hello", "it is not known what came of it"),
        ("exit 3", "the process that sends ended (3)"),
    ],
)
async def test_a_process_that_does_not_do_its_work_is_told_as_that(
    does: str, error: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = tmp_path / "python"
    program.write_text(f"#!/bin/sh\n{does}\n")
    program.chmod(0o755)
    monkeypatch.setattr("sys.executable", str(program))
    assert await sent("https://example.com", "a", "b") == [Outcome(error)]


@pytest.mark.skipif(sys.platform == "win32", reason="a program of POSIX")
@pytest.mark.parametrize(
    ("loading", "outcome"),
    [(60.0, Outcome()), (0.5, Outcome("the process that sends was not ready within 0.5 s"))],
)
async def test_loading_may_take_longer_than_a_message(
    loading: float, outcome: Outcome, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = r'{"ready": true}\n{"sent": true}\n'
    program = tmp_path / "python"
    program.write_text(f"#!/bin/sh\nsleep {1 if loading > 1 else 60}\nprintf '{said}'\n")
    program.chmod(0o755)
    monkeypatch.setattr("sys.executable", str(program))
    courier = Courier(str, patience=0.5, loading=loading)
    async with aclosing(
        courier.send(Target("one", "https://example.com"), [message("https://example.com")])
    ) as said_of:
        assert [one async for one in said_of] == [outcome]


async def test_a_process_that_cannot_be_started_is_told_as_that(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.executable", "/nowhere/python")
    assert await sent("https://example.com") == [Outcome("no process can be started: No such file or directory")]


async def test_who_is_cancelled_leaves_no_process(hook: Hook) -> None:
    hook.answer = Answer(hangs=True)
    before = set(psutil.Process().children())
    sending = asyncio.create_task(sent(f"http://127.0.0.1:{hook.port}"))
    while not hook.asked:
        await asyncio.sleep(0.01)
    sending.cancel()
    with pytest.raises(asyncio.CancelledError):
        await sending
    assert set(psutil.Process().children()) <= before


# By Apprise


async def test_apprise_tells_what_it_knows_and_the_daemon_never_loads_it(hook: Hook) -> None:
    assert await sent(f"json://127.0.0.1:{hook.port}/in") == [Outcome()]
    document = hook.got[0].document
    assert (document["title"], document["type"]) == ("comfyui crashed", "warning")
    assert document["message"].startswith("exit code 1\n")
    assert "apprise" not in sys.modules


async def test_mail_arrives() -> None:
    with mailbox() as box:
        address = f"mailto://example.com:{box.port}?smtp=127.0.0.1&from=me@example.com&to=you@example.org"
        assert await sent(address) == [Outcome()]
    (letter,) = box.letters
    found = message_from_string(letter, policy=policy.default)
    assert found["Subject"] == "comfyui crashed"
    assert "you@example.org" in found["To"]
    body = found.get_body()
    assert body is not None
    assert "exit code 1" in body.get_content()


async def test_what_apprise_says_of_a_failure_is_told_without_what_is_secret(hook: Hook) -> None:
    hook.answer = Answer(500)
    target = Target("one", f"json://127.0.0.1:{hook.port}/in")
    courier = Courier(lambda text: text.replace("JSON", "•••"))
    async with aclosing(courier.send(target, [message(target.url)])) as outcomes:
        (outcome,) = [outcome async for outcome in outcomes]
    assert outcome.error is not None
    assert "error=500" in outcome.error
    assert "•••" in outcome.error
    assert not outcome.lasting


async def test_an_address_that_apprise_does_not_understand_will_never_do() -> None:
    assert await sent("mailtoo://x", "a", "b") == [Outcome(NOT_UNDERSTOOD, lasting=True)] * 2


async def test_an_address_that_is_mistyped_is_told_soon_and_nothing_is_sent(hook: Hook) -> None:
    urls = [f"json://127.0.0.1:{hook.port}/in", "mailtoo://x", "tgram://123456789:abcdefg_hijklmnop/12315544/"]
    targets = {url: Target("one", url) for url in urls}
    understanding = Understanding(Courier(str, 60.0), lambda: targets, after=0.0)
    async with open_tasks() as tasks:
        tasks.spawn(understanding.run(), name="addresses")
        async with asyncio.timeout(60):
            while not any(map(understanding.fault, targets.values())):
                await asyncio.sleep(0.01)
    assert [understanding.fault(target) for target in targets.values()] == [None, NOT_UNDERSTOOD, None]
    assert hook.asked == 0


# The desktop


@pytest.mark.skipif(sys.platform in {"win32", "darwin"}, reason="notify-send is what Linux has")
@pytest.mark.parametrize(("code", "error"), [(0, None), (1, "the desktop did not take it: no session bus")])
async def test_a_toast_is_what_notify_send_is_given(
    code: int, error: str | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = tmp_path / "notify-send"
    program.write_text(f'#!/bin/sh\nprintf "%s\\n" "$@" > "{tmp_path}/given"\necho no session bus >&2\nexit {code}\n')
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    row = message("desktop://", "<b>-x")
    row.body = "1 < 2 & 3"
    async with aclosing(Courier(str).send(Target("one", "desktop://"), [row])) as outcomes:
        assert [outcome async for outcome in outcomes] == [Outcome(error)]
    assert (tmp_path / "given").read_text().splitlines() == [
        "--urgency=normal", "--app-name=Control Center", "--", "<b>-x crashed", "1 &lt; 2 &amp; 3",
    ]  # fmt: skip


@pytest.mark.skipif(sys.platform in {"win32", "darwin"}, reason="notify-send is what Linux has")
async def test_a_desktop_without_notify_send_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    (outcome,) = await sent("desktop://")
    assert outcome.error is not None
    assert "libnotify-bin" in outcome.error
