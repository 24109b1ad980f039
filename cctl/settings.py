"""The few settings that the command line needs, read as the daemon reads them: flags over environment over `.env`."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Mapping

from cctl.failure import USAGE, Failure

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))

_BINDING = re.compile(
    r"""^[ \t]*(?:export[ \t]+)?(?P<name>'[^'\n]+'|[^=\#\s]+)[ \t]*=[ \t]*
    (?:'(?P<single>(?:[^'\\]|\\.)*)'|"(?P<double>(?:[^"\\]|\\.)*)"|(?P<bare>[^\r\n]*))""",
    re.MULTILINE | re.DOTALL | re.VERBOSE,
)
_COMMENT = re.compile(r"\s+#.*|^#.*")
_VARIABLE = re.compile(r"\$\{(?P<name>[^}:]*)(?::-(?P<default>[^}]*))?\}")
_ESCAPES = {"a": "\a", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v"}


class Settings:
    """`given` are flags by setting, e.g. `{"data_dir": …}`; paths among them are taken from the current folder."""

    def __init__(
        self,
        given: Mapping[str, str | None] | None = None,
        root: str = ROOT,
        environ: Mapping[str, str] = os.environ,
        env_file: str | None = None,
    ) -> None:
        self.root = root
        self.environ = {name.lower(): value for name, value in environ.items() if value}
        written = read_env_file(env_file or os.path.join(root, ".env"), environ)
        self._values = {name.lower(): value for name, value in written.items() if value} | self.environ
        self.given = {name: value for name, value in (given or {}).items() if value is not None}

    @property
    def data_dir(self) -> str:
        if "data_dir" in self.given:
            return os.path.abspath(os.path.expanduser(self.given["data_dir"]))
        return self._folder("data_dir", default_data_dir())

    @property
    def definitions(self) -> str:
        """The definitions file that a daemon started here would read."""
        if "config" in self.given:
            return os.path.abspath(os.path.expanduser(self.given["config"]))
        name = os.path.expanduser(self._values.get("config_file", "control-center.yaml"))
        return os.path.realpath(os.path.join(self._folder("config_dir", self.root), name))

    @property
    def token(self) -> str:
        return self._values.get("api_token", "")

    @property
    def python(self) -> str:
        """The interpreter that has what the daemon needs."""
        inside = ("Scripts", "python.exe") if sys.platform == "win32" else ("bin", "python")
        installed = os.path.join(self.root, ".venv", *inside)
        return installed if os.path.exists(installed) else sys.executable

    def _folder(self, name: str, otherwise: str) -> str:
        return os.path.join(self.root, os.path.expanduser(self._values.get(name, otherwise)))


def default_data_dir() -> str:
    """The user's local (never roaming) data folder."""
    home = os.path.expanduser("~")
    if sys.platform == "win32":
        return os.path.join(os.environ.get("LOCALAPPDATA") or os.path.join(home, "AppData", "Local"), "ControlCenter")
    if sys.platform == "darwin":
        return os.path.join(home, "Library", "Application Support", "ControlCenter")
    return os.path.join(os.environ.get("XDG_DATA_HOME") or os.path.join(home, ".local", "share"), "control-center")


def read_env_file(path: str, environ: Mapping[str, str]) -> dict[str, str]:
    """What a `.env` sets, with `${NAME}` put in; nothing where there is none. Lines that are none are passed over: the
    daemon is the one to complain of them."""
    try:
        with open(path, encoding="utf-8-sig", newline="") as file:
            text = file.read()
    except FileNotFoundError:
        return {}
    except UnicodeDecodeError as error:
        raise Failure(USAGE, f"{path} is not UTF-8 text. Save it again with the encoding UTF-8.") from error
    except OSError as error:
        raise Failure(USAGE, f"{path} cannot be read ({error.strerror}). Make it readable or remove it.") from error
    values: dict[str, str] = {}
    for found in _BINDING.finditer(text):
        value = _VARIABLE.sub(lambda wanted: _resolved(wanted, values, environ), _value(found))
        values[found["name"].strip("'")] = value
    return values


def _value(found: re.Match[str]) -> str:
    if found["single"] is not None:
        return re.sub(r"\\([\\'])", r"\1", found["single"])
    if found["double"] is not None:
        return re.sub(r"\\([\\'\"abfnrtv])", lambda one: _ESCAPES.get(one[1], one[1]), found["double"])
    return _COMMENT.sub("", found["bare"]).rstrip()


def _resolved(wanted: re.Match[str], values: Mapping[str, str], environ: Mapping[str, str]) -> str:
    name = wanted["name"]
    return values.get(name, environ.get(name, wanted["default"] or ""))
