"""The daemon's own log: what it keeps, how it rotates, and that no secret reaches it."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest
from pydantic import SecretStr

from backend import logbook
from backend.config import Settings, SettingsError
from backend.core.secrets import Secrets
from backend.logbook import open_logbook, redact

log = logging.getLogger("backend.test")


def settings(folder: Path, **given: object) -> Settings:
    return Settings.model_validate({"data_dir": folder, **given})


def written(folder: Path) -> str:
    return (folder / "logs" / "app.log").read_text(encoding="utf-8")


def test_messages_are_in_app_log_when_the_logbook_closes(tmp_path: Path) -> None:
    with open_logbook(settings(tmp_path), Secrets()):
        log.info("hello %s", "wörld")
    assert "INFO     backend.test: hello wörld\n" in written(tmp_path)


def test_secrets_known_by_then_are_masked_also_in_tracebacks(tmp_path: Path) -> None:
    given = settings(tmp_path, api_token=SecretStr("open-sesame"))
    known = Secrets(given.secrets)
    with open_logbook(given, known):
        log.warning("token open-sesame")
        known.add(["later-secret"])
        try:
            raise ValueError("database password later-secret")
        except ValueError:
            log.exception("failed")
    text = written(tmp_path)
    assert "open-sesame" not in text
    assert "later-secret" not in text
    assert "database password •••" in text


@pytest.mark.parametrize(
    ("line", "masked"),
    [
        ("GET /api/events?since=3&token=abc&x=1", "GET /api/events?since=3&token=•••&x=1"),
        ('"GET /?api_token=a%20b HTTP/1.1"', '"GET /?api_token=••• HTTP/1.1"'),
        ("Authorization: Bearer abc.def", "Authorization: Bearer •••"),
        ("a tokenised text stays", "a tokenised text stays"),
    ],
)
def test_tokens_in_addresses_and_headers_are_masked(line: str, masked: str) -> None:
    assert redact(line, Secrets()) == masked


def test_log_level_is_the_least_importance_that_is_kept(tmp_path: Path) -> None:
    with open_logbook(settings(tmp_path, log_level="ERROR"), Secrets()):
        log.warning("too little")
        log.error("enough")
    assert "enough" in written(tmp_path)
    assert "too little" not in written(tmp_path)


def test_of_libraries_only_warnings_and_worse_are_kept(tmp_path: Path) -> None:
    with open_logbook(settings(tmp_path), Secrets()):
        logging.getLogger("alembic").info("chatter")
        logging.getLogger("alembic").warning("worth knowing")
    assert "worth knowing" in written(tmp_path)
    assert "chatter" not in written(tmp_path)


def test_debug_adds_our_details_only(tmp_path: Path) -> None:
    with open_logbook(settings(tmp_path, debug=True), Secrets()):
        log.debug("ours")
        logging.getLogger("aiosqlite").debug("theirs")
    assert "ours" in written(tmp_path)
    assert "theirs" not in written(tmp_path)


def test_the_console_has_warnings_and_worse_in_short(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with open_logbook(settings(tmp_path), Secrets()):
        log.info("quiet")
        log.warning("loud")
    shown = capsys.readouterr().err
    assert "WARNING: loud\n" in shown
    assert "quiet" not in shown


def test_a_full_log_is_rotated_without_losing_a_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(logbook, "MAX_BYTES", 20_000)
    with open_logbook(settings(tmp_path), Secrets()):
        for number in range(1000):
            log.info("line %04d", number)
    files = sorted((tmp_path / "logs").glob("app.log*"))
    assert 2 < len(files) <= logbook.KEPT_FILES + 1
    assert all(file.stat().st_size <= 20_000 for file in files)
    kept = "".join(file.read_text(encoding="utf-8") for file in files)
    assert all(f"line {number:04d}" in kept for range_ in [range(1000 - 300, 1000)] for number in range_)


def test_a_log_that_may_not_be_renamed_is_copied_and_emptied(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source, destination = tmp_path / "app.log", tmp_path / "app.log.1"
    source.write_text("kept")

    def refused(_self: Path, _target: str) -> None:
        raise PermissionError(32, "in use")

    monkeypatch.setattr(Path, "rename", refused)
    logbook._move(str(source), str(destination))
    assert (source.read_text(), destination.read_text()) == ("", "kept")


def test_a_folder_that_cannot_be_made_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "logs").write_text("a file is in the way")
    with pytest.raises(SettingsError, match="LOG_DIR"), open_logbook(settings(tmp_path), Secrets()):
        pass


def test_closing_leaves_logging_as_it_was(tmp_path: Path) -> None:
    before = logging.getLogger().handlers[:], logging.getLogger().level
    with open_logbook(settings(tmp_path), Secrets()):
        pass
    assert (logging.getLogger().handlers, logging.getLogger().level) == before
