"""What the command line reads of `.env` and the environment is what the daemon reads."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from dotenv import dotenv_values

from backend.config import Settings as OfDaemon
from backend.config import load_settings
from cctl.failure import Failure
from cctl.settings import Settings, read_env_file

FILES = (
    "",
    "DATA_DIR=/srv/data\nAPI_TOKEN=abc\n",
    "# a comment\n\n  export DATA_DIR = /srv/with spaces  # and a comment\n",
    "DATA_DIR='/srv/sing\\'le $HOME'\nAPI_TOKEN=\"two\\nlines\"\n",
    'API_TOKEN="over\ntwo lines"\nDATA_DIR=relative/folder\n',
    "API_TOKEN=with#hash\nDATA_DIR=\nCONFIG_FILE=other.yaml\n",
    "BASE=/srv\nDATA_DIR=${BASE}/data\nAPI_TOKEN=${MISSING:-otherwise}\nCONFIG_DIR=${MISSING}\n",
    "DATA_DIR=${CCTL_TEST_FOLDER}/x\r\nAPI_TOKEN='${CCTL_TEST_FOLDER}'\r\n",
    "data_dir=~/lower\nDATA_DIR=/srv/last\n",
    "\ufeffDATA_DIR=/srv/ünï\n",
)


@pytest.mark.parametrize("text", FILES)
def test_a_file_says_the_same_to_both(tmp_path: Path, text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in OfDaemon.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)
    monkeypatch.setenv("CCTL_TEST_FOLDER", "/srv/of-test")
    file = tmp_path / ".env"
    file.write_bytes(text.encode())
    ours = Settings(environ=os.environ, env_file=str(file))
    theirs = load_settings(env_file=file)[0]
    token = theirs.api_token.get_secret_value() if theirs.api_token else ""
    assert ours.token == token
    assert Path(ours.data_dir) == theirs.data_dir
    assert Path(ours.definitions) == theirs.definitions_path
    read = {name: value for name, value in dotenv_values(file, encoding="utf-8-sig").items() if value is not None}
    assert read_env_file(str(file), os.environ) == read


def test_flags_win_over_the_environment_and_that_over_the_file(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("DATA_DIR=/of/file\nCONFIG_DIR=conf\n")
    assert Settings(root=str(tmp_path), environ={}).data_dir == "/of/file"
    environ = {"Data_Dir": "/of/environment", "API_TOKEN": ""}
    assert Settings(root=str(tmp_path), environ=environ).data_dir == "/of/environment"
    assert Settings({"data_dir": "/of/flag"}, str(tmp_path), environ).data_dir == "/of/flag"
    assert Settings(root=str(tmp_path), environ={}).definitions == str(tmp_path / "conf" / "control-center.yaml")


def test_a_file_that_cannot_be_read_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / ".env").write_bytes("API_TOKEN=gr\xfc\xdfe".encode("latin-1"))
    with pytest.raises(Failure, match="is not UTF-8 text"):
        Settings(root=str(tmp_path), environ={})
