"""What is shown of a definition: everything but secrets."""

from __future__ import annotations

import json

from backend.core.secrets import hide, worth_hiding
from backend.services.definitions.view import describe
from tests.services.definitions.conftest import Read


def test_a_definition_is_shown_as_json_in_the_words_of_the_file(read: Read) -> None:
    spec = read(
        'services: {a: {command: ["${center:python}"], port: 8188, restart: {self: comfy}, usage: {meter: true},'
        " health: {log_line: ready.*}, depends_on: [b]}, b: {command: ['${center:python}']}}"
    ).services["a"]
    shown = json.loads(json.dumps(describe(spec)))
    assert shown["restart"]["self"] == "comfy"
    assert shown["usage"] == {"meter": True}
    assert shown["health"]["log_line"] == "ready.*"
    assert "http" not in shown["health"]
    assert shown["depends_on"] == {"b": {"condition": "started", "restart": False}}
    assert shown["cwd"] == str(spec.cwd)


def test_secrets_are_shown_nowhere(read: Read) -> None:
    spec = read(
        "services: {a: {command: ['${center:python}', '--key=${env:TOKEN}'], url: 'http://h/?k=${env:TOKEN}',"
        " description: 'uses ${env:TOKEN}', env: {KEY: '${env:TOKEN}', P: '${env:PORT}', OPEN: yes},"
        " stop: {http: 'http://h/stop?k=${env:TOKEN}'}, health: {log_line: '${env:TOKEN}'}}}"
    ).services["a"]
    shown = describe(spec)
    assert "s3cr3t" not in json.dumps(shown)
    assert shown["command"][1] == "--key=•••"
    assert shown["env"] == {"KEY": "•••", "P": "•••", "OPEN": "yes"}


def test_the_longest_secret_is_struck_out_first() -> None:
    assert hide("token-long and token", ["token", "token-long"]) == "••• and •••"


def test_words_that_stand_everywhere_are_left() -> None:
    assert [
        value for value in ("", "abc", "true", "8188", "localhost", "hunter2", "123456") if worth_hiding(value)
    ] == [
        "hunter2",
        "123456",
    ]
