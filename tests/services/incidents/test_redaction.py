"""What strangers shall not read goes, what helps them stays, and both are counted."""

from __future__ import annotations

import time
from base64 import b64encode, urlsafe_b64encode
from collections.abc import Callable

import pytest

from backend.core.secrets import HIDDEN, Secrets
from backend.services.incidents.redaction import BEYOND, GOES_ON, KNOWN, LEARNED, LONGEST_LINE, PRIVATE_KEY, Redaction

JWT = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9PlFUP0THsR8U"
PEM = "-----BEGIN RSA PRIVATE KEY-----\nMIIEowIBAAKCAQEA75\nAbCdEf0123456789+/\n-----END RSA PRIVATE KEY-----\n"


def redacted(text: str, *known: str) -> tuple[str, Redaction]:
    redaction = Redaction(Secrets(known))
    return "".join(redaction.pieces(iter((text,)), "a.log")), redaction


@pytest.mark.parametrize(
    ("text", "secret"),
    [
        ("Authorization: Bearer abcdef123456", "abcdef123456"),
        ("{'Authorization': 'Basic dXNlcjpwYXNz'}", "dXNlcjpwYXNz"),
        ('"authorization":"token-without-scheme"', "token-without-scheme"),
        ("using bearer aaaabbbbccccdddd now", "aaaabbbbccccdddd"),
        ("sent Basic dXNlcjpwYXNzd29yZA== once", "dXNlcjpwYXNzd29yZA"),
        ("Set-Cookie: session=abcdef; Path=/", "abcdef"),
        ("connecting to postgres://app:s3cr3t@db:5432/x", "s3cr3t"),
        ("connecting to postgres://app:p@db:5432/x", ":p@"),
        ("cloning https://ghp0token1234@example.org/x.git", "ghp0token1234"),
        (f"got {JWT} back", JWT),
        ("key sk-proj-abcdefghijklmnop1234", "sk-proj-abcdefghijklmnop1234"),
        ("sk_live_abcdefghijklmnop1234", "sk_live_abcdefghijklmnop1234"),
        ("ghp_abcdefghijklmnopqrstuvwxyz0123", "ghp_abcdefghijklmnopqrstuvwxyz0123"),
        ("github_pat_11ABCDEFG0abcdefghijkl_mnop", "github_pat_11ABCDEFG0abcdefghijkl_mnop"),
        ("glpat-abcdefghijklmnopqrst", "glpat-abcdefghijklmnopqrst"),
        ("xoxb-123456789012-abcdef", "xoxb-123456789012-abcdef"),
        ("AIzaSyA1234567890abcdefghijklmnopqrstuv", "AIzaSyA1234567890abcdefghijklmnopqrstuv"),
        ("AKIAIOSFODNN7EXAMPLE", "AKIAIOSFODNN7EXAMPLE"),
        ("hf_abcdefghijklmnopqrstuvwxyz", "hf_abcdefghijklmnopqrstuvwxyz"),
        ("npm_abcdefghijklmnopqrstuvwxyz0123456789", "npm_abcdefghijklmnopqrstuvwxyz0123456789"),
        ("bot123456789:AAabcdefghijklmnopqrstuvwxyz01234567", "AAabcdefghijklmnopqrstuvwxyz01234567"),
        ("GET /x?api_key=abcd&b=1", "abcd"),
        ("GET /x?b=1&access_token=abcd", "abcd"),
        ("DB_PASSWORD=hunter22", "hunter22"),
        ('"client_secret": "two words"', "two words"),
        ("api-key: 'x y z 1'", "x y z 1"),
        ("run --token abcd1234 --port 8188", "abcd1234"),
        ("run --api-key=abcd1234", "abcd1234"),
        ("run --token abcd,1234] on", "1234"),
        ('command: [run, --api-token, "abcd1234", -v]', "abcd1234"),
        ('["run", "--api-token", "abcd1234"]', "abcd1234"),
        ('[\n "--api-token",\n "abcd1234"\n]', "abcd1234"),
        ("command:\n  - run\n  - --api-token\n  - abcd1234\n", "abcd1234"),
        ("AccountKey=abcdefgh==;Endpoint", "abcdefgh=="),
        (r"C:\Users\heinrich\ComfyUI\main.py", "heinrich"),
        (r'"C:\\Users\\heinrich\\ComfyUI"', "heinrich"),
        (r"C:\Users\Heinrich Heine\ComfyUI", "Heine"),
        (r'"C:\\Users\\J\u00fcrgen\\ComfyUI"', "rgen"),
        ("C:/Users/heinrich/ComfyUI", "heinrich"),
        ("/c/Users/heinrich/ComfyUI", "heinrich"),
        ("/mnt/c/Users/heinrich/ComfyUI", "heinrich"),
        ("/home/heinrich/ComfyUI/main.py", "heinrich"),
        ("/Users/heinrich/ComfyUI", "heinrich"),
    ],
)
def test_what_looks_like_a_secret_goes(text: str, secret: str) -> None:
    shown, redaction = redacted(text)
    assert secret not in shown
    assert HIDDEN in shown
    assert sum(redaction.replaced.values()) == 1


@pytest.mark.parametrize(
    "text",
    [
        "max_tokens: 4096 and tokens=12",
        "token: true",
        "INFO 127.0.0.1:8188 - GET /api/events?limit=50&before=1234567",
        "http://127.0.0.1:8188/view?filename=a.png",
        "see https://example.org/@someone/page",
        "Traceback (most recent call last):",
        '  File "/opt/ComfyUI/main.py", line 12, in <module>',
        r"C:\Program Files\Python312\python.exe",
        r"C:\Users\Public\Documents",
        "2026-11-21 08:46:54 loaded 12 keys in 0.3 s",
        "key error: 'model'",
        "Basic configuration loaded",
        "password",
    ],
)
def test_what_is_none_stays(text: str) -> None:
    shown, redaction = redacted(text)
    assert (shown, dict(redaction.replaced)) == (text, {})


def test_known_ones_go_by_value_in_all_their_forms_and_are_counted() -> None:
    odd = 'pa"ss\\wörd <&>'
    shown, redaction = redacted(f'a {odd} b "pa\\"ss\\\\wörd <&>" c pa%22ss%5Cw%C3%B6rd%20%3C%26%3E', odd)
    assert shown == f'a {HIDDEN} b "{HIDDEN}" c {HIDDEN}'
    assert dict(redaction.replaced) == {(KNOWN, "a.log"): 3}


@pytest.mark.parametrize("before", ["", "u", "me", "me:"])
@pytest.mark.parametrize("encode", [b64encode, urlsafe_b64encode])
def test_known_ones_go_also_in_base_64(before: str, encode: Callable[[bytes], bytes]) -> None:
    secret = "s3cret??>>~~value"
    encoded = encode(f"{before}{secret}\n".encode()).decode()
    shown, _ = redacted(f"sent {encoded} to it", secret)
    kept = shown.removeprefix("sent ").removesuffix(" to it").partition(HIDDEN)
    assert kept[1] == HIDDEN
    assert len(kept[0]) + len(kept[2]) <= len(encoded) - len(secret)


def test_what_is_secret_where_a_person_wrote_it_is_so_everywhere() -> None:
    redaction = Redaction(Secrets())
    redaction.learn(
        "env: {MY_API_KEY: correct-horse}  # in /home/heinrich/it\ncommand: [x, --token, battery]\npwd: /srv"
    )
    shown = "".join(redaction.pieces(iter(("correct-horse and battery of heinrich in /srv",)), "a.log"))
    assert shown == f"{HIDDEN} and {HIDDEN} of heinrich in /srv"
    assert dict(redaction.replaced) == {(LEARNED, "a.log"): 2}


@pytest.mark.parametrize("at", range(LONGEST_LINE - 30, LONGEST_LINE + 2, 3))
@pytest.mark.parametrize("secret", ["the-known-secret", "sk-abcdefghijklmnop1234"])
def test_of_a_long_line_the_beginning_stays_and_no_part_of_a_secret(at: int, secret: str) -> None:
    shown, _ = redacted(f"{' ' * at}{secret} {'x' * 2 * BEYOND}\nnext\n", "the-known-secret")
    line, _, rest = shown.partition("\n")
    assert line.lstrip(f" {HIDDEN}x") == GOES_ON
    assert rest == "next\n"


def test_a_known_secret_of_several_lines_goes_line_by_line() -> None:
    shown, _ = redacted("x first line of it\nsecond line of it y", "first line of it\nsecond line of it\nend")
    assert "of it" not in shown


@pytest.mark.parametrize("cut", range(0, len(PEM), 7))
def test_a_private_key_goes_also_where_it_comes_in_pieces(cut: int) -> None:
    lines = f"before\n{PEM}after\n".splitlines(keepends=True)
    text = f"before\n{PEM}after\n"
    at = text.find("\n", cut) + 1
    redaction = Redaction(Secrets())
    shown = "".join(redaction.pieces(iter((text[:at], text[at:])), "a.log"))
    assert shown == f"{lines[0]}{HIDDEN}\n{lines[-1]}"
    assert dict(redaction.replaced) == {(PRIVATE_KEY, "a.log"): 1}


def test_lines_stay_lines() -> None:
    lines = ["one", *PEM.splitlines(), "two sk-abcdefghijklmnop1234", ""]
    redaction = Redaction(Secrets())
    assert len(list(redaction.pieces(iter(lines), "log"))) == len(lines)


@pytest.mark.parametrize("unit", ["a-", "token ", "://a:", "key=", "Bearer ", "C:\\Users\\", "x" * 50 + "-", "eyJ"])
def test_no_text_takes_long(unit: str) -> None:
    text = unit * (2_000_000 // len(unit))
    begun = time.process_time()
    redacted(text)
    assert time.process_time() - begun < 20
