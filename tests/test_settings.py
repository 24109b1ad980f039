"""Settings: where each comes from, and the sentence that answers a value that cannot be used."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from backend.arguments import parse
from backend.config import ROOT, Settings, SettingsError, load_settings


@pytest.fixture(autouse=True)
def bare_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)


@pytest.fixture
def env_file(tmp_path: Path) -> Path:
    return tmp_path / ".env"


def refused(env_file: Path, *arguments: str) -> str:
    with pytest.raises(SettingsError) as caught:
        parse(arguments, env_file)
    return str(caught.value)


def test_command_line_wins_over_environment_wins_over_env_file(env_file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    env_file.write_text("PORT=1001\nAPP_NAME=from file\nMAX_CONCURRENT_RUNS=7\n")
    monkeypatch.setenv("PORT", "1002")
    monkeypatch.setenv("APP_NAME", "from environment")
    settings = parse(["--port", "1003"], env_file).settings
    assert (settings.port, settings.app_name, settings.max_concurrent_runs) == (1003, "from environment", 7)


def test_an_empty_value_is_the_default(env_file: Path) -> None:
    env_file.write_text("PORT=\nAPI_TOKEN=\nDATA_DIR=\n")
    settings = parse([], env_file).settings
    assert (settings.port, settings.api_token, settings.log_dir) == (8080, None, ROOT / "logs")


def test_an_unknown_key_is_a_warning_with_the_nearest_name_and_its_line(env_file: Path) -> None:
    env_file.write_text("# mine\nPROT=1001\n")
    invocation = parse([], env_file)
    (warning,) = invocation.warnings
    assert "line 2" in warning
    assert "PROT" in warning
    assert "PORT?" in warning
    assert invocation.settings.port == 8080


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("PORT=abc", ["PORT=abc", "line 1", "whole number from 1 to 65535"]),
        ("PORT=70000", ["PORT=70000", "65535"]),
        ("DEBUG=perhaps", ["DEBUG=perhaps", "true or false"]),
        ("HOST=0.0.0.0", ["HOST=0.0.0.0", "runs commands as you", "127.0.0.1"]),
        ("HOST=example.org", ["HOST=example.org", "this machine only"]),
        ('CORS_ORIGINS=["http://a"', ["JSON list", "character"]),
        ("CORS_ORIGINS=*", ["every web page"]),
        ("CORS_ORIGINS=localhost:5173", ["localhost:5173 is not an origin", "http://localhost:5173"]),
        ("ALLOWED_HOSTS=*", ["a name of its own"]),
        ("WS_UPDATE_INTERVAL=nan", ["WS_UPDATE_INTERVAL=nan", "seconds from 0.1 to 60"]),
        ("LOG_LEVEL=loud", ["LOG_LEVEL=LOUD", "WARNING"]),
        ('DATA_DIR="C:\\new"', ["DATA_DIR", "control character"]),
        ("PRISMQ_RUN_MODE=sometimes", ["dry-run"]),
        ("PORT_SCAN_START=9500", ["PORT_SCAN_START (9500)", "PORT_SCAN_END (9000)"]),
        ("PORT 8080", ["line 1", "NAME=value"]),
    ],
)
def test_a_bad_value_is_a_sentence_that_says_where_and_what_to_give(
    env_file: Path, line: str, words: list[str]
) -> None:
    env_file.write_text(line + "\n")
    sentence = refused(env_file)
    for word in words:
        assert word in sentence


def test_every_bad_value_is_told_at_once(env_file: Path) -> None:
    env_file.write_text("PORT=abc\nDEBUG=perhaps\n")
    assert len(refused(env_file).splitlines()) == 2


def test_the_place_of_a_bad_value_is_named(env_file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "on the command line" in refused(env_file, "--port", "x")
    monkeypatch.setenv("PORT", "x")
    assert "in the environment" in refused(env_file)


def test_lists_are_comma_or_json(env_file: Path) -> None:
    env_file.write_text('CORS_ORIGINS=http://a:1, http://b/ \nALLOWED_HOSTS=["localhost", "pc"]\n')
    settings = parse([], env_file).settings
    assert settings.cors_origins == ("http://a:1", "http://b")
    assert settings.allowed_hosts == ("localhost", "pc")


def test_logs_follow_a_given_data_folder_unless_they_have_their_own(tmp_path: Path, env_file: Path) -> None:
    data = tmp_path / "data"
    assert parse(["--data-dir", str(data)], env_file).settings.log_dir == data / "logs"
    env_file.write_text(f"LOG_DIR='{tmp_path / 'own'}'\n")
    assert parse(["--data-dir", str(data)], env_file).settings.log_dir == tmp_path / "own"


def test_relative_paths_of_the_env_file_start_at_the_project(env_file: Path) -> None:
    env_file.write_text("CONFIG_DIR=configs\nCONFIG_FILE=mine.yaml\n")
    assert parse([], env_file).settings.definitions_path == ROOT / "configs" / "mine.yaml"


def test_relative_paths_of_the_command_line_start_here(
    tmp_path: Path, env_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert parse(["--config", "mine.yaml"], env_file).settings.definitions_path == (tmp_path / "mine.yaml").resolve()


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
def test_a_file_of_notepad_is_read(env_file: Path, encoding: str) -> None:
    env_file.write_text("APP_NAME=Kontrollzentrum für mich\n", encoding=encoding)
    assert parse([], env_file).settings.app_name == "Kontrollzentrum für mich"


def test_a_file_in_another_encoding_says_so(env_file: Path) -> None:
    env_file.write_text("APP_NAME=für\n", encoding="latin-1")
    assert "encoding UTF-8" in refused(env_file)


def test_a_token_is_never_shown(env_file: Path) -> None:
    env_file.write_text("API_TOKEN=open-sesame\nPORT=x\n")
    assert "open-sesame" not in refused(env_file)
    env_file.write_text("API_TOKEN=open-sesame\n")
    assert "open-sesame" not in repr(parse([], env_file))


def test_the_example_file_explains_every_setting_and_no_other() -> None:
    named = re.findall(r"^#([A-Z_]+)=", (ROOT / ".env.example").read_text(encoding="utf-8"), re.MULTILINE)
    assert sorted(named) == sorted(name.upper() for name in Settings.model_fields)


def test_the_example_file_is_accepted_as_it_is_when_uncommented(env_file: Path) -> None:
    text = (ROOT / ".env.example").read_text(encoding="utf-8")
    env_file.write_text(re.sub(r"^#([A-Z_]+=)", r"\1", text, flags=re.MULTILINE), encoding="utf-8")
    settings, warnings = load_settings({}, env_file)
    assert warnings == ()
    assert settings.model_dump(exclude={"database_url", "cors_origins", "log_dir"}) == Settings().model_dump(
        exclude={"database_url", "cors_origins", "log_dir"}
    )


def command(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "backend", *arguments],
        cwd=ROOT, capture_output=True, text=True, timeout=30, check=False,
    )  # fmt: skip


def test_help_names_every_flag_and_version_the_version() -> None:
    text = command("--help").stdout
    for flag in ("--config FILE", "--data-dir DIR", "--host", "--port", "--no-browser", "--version"):
        assert flag in text
    assert re.fullmatch(r"Control Center \d+\.\d+\.\d+\n", command("--version").stdout)


def test_a_bad_value_ends_the_daemon_with_a_sentence_and_no_traceback(tmp_path: Path) -> None:
    ended = command("--data-dir", str(tmp_path), "--port", "abc", "--no-browser")
    assert ended.returncode == 2
    assert "PORT=abc (on the command line)" in ended.stderr
    assert "Traceback" not in ended.stderr
