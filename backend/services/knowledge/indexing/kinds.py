"""What a file is, judged by its name alone: whether it is read, and how."""

from __future__ import annotations

from typing import Final, Literal, get_args

Kind = Literal["markdown", "text", "json", "yaml", "html", "pdf", "notebook", "code"]

KINDS: Final[tuple[Kind, ...]] = get_args(Kind)
_SUFFIXES: Final[dict[Kind, str]] = {
    "markdown": "md markdown mdx",
    "text": "txt text rst adoc asciidoc org tex csv tsv srt vtt",
    "json": "json jsonl ndjson",
    "yaml": "yaml yml",
    "html": "html htm xhtml",
    "pdf": "pdf",
    "notebook": "ipynb",
    "code": (
        "py pyi pyx js mjs cjs jsx ts mts cts tsx vue svelte c h cc cpp cxx hpp hh cs java kt kts scala groovy go rs "
        "swift rb php pl pm lua r jl sql sh bash zsh fish ps1 psm1 bat cmd css scss sass less gd glsl hlsl shader "
        "ex exs erl hs ml fs clj lisp el dart nim zig proto graphql tf toml ini cfg conf cmake xml xsl svg"
    ),
}
_BY_SUFFIX: Final[dict[str, Kind]] = {suffix: kind for kind, all_of in _SUFFIXES.items() for suffix in all_of.split()}
_PLAIN: Final = (
    "readme license licence copying copyright notice authors contributors changelog changes history news todo install "
    "thanks credits bugs faq"
)
_BUILDS: Final = "makefile dockerfile jenkinsfile vagrantfile rakefile gemfile justfile"
_TEXT: Final[Kind] = "text"
_CODE: Final[Kind] = "code"
_NAMES: Final = dict.fromkeys(_PLAIN.split(), _TEXT) | dict.fromkeys(_BUILDS.split(), _CODE)


def kind_of(name: str) -> Kind | None:
    """None for a file that is only read where a pattern names it."""
    stem, dot, suffix = name.rpartition(".")
    return _BY_SUFFIX.get(suffix.lower()) if dot and stem else _NAMES.get(name.lower())
