"""Every file in `wrong` is a `module.yaml` or a script, and says in its first comments what must be found in it: all of
it, and no more. One with an error is not among the modules, and its neighbour is.
"""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from backend.services.definitions.place import Surroundings
from backend.services.modules.elsewhere import DECLARATION, Found, read_folder
from tests.services.definitions.test_wrong_files import check

WRONG = sorted((Path(__file__).parent / "wrong").iterdir())


@pytest.mark.parametrize("path", WRONG, ids=lambda path: path.name)
def test_tells_line_and_hint_and_harms_no_other(path: Path, around: Surroundings, tmp_path: Path) -> None:
    for name in (path.stem, "neighbour"):
        (tmp_path / "modules" / name).mkdir(parents=True)
    shutil.copy(path, tmp_path / "modules" / path.stem / (DECLARATION if path.suffix == ".yaml" else path.name))
    (tmp_path / "modules" / "neighbour" / DECLARATION).write_text("command: [python3]\n")
    found = Found()
    read_folder(tmp_path / "modules", around, found)
    check(path, tuple(one.fault for one in found.faults))
    assert {one.module for one in found.faults} == {path.stem}
    refused = any(one.fault.severity == "error" for one in found.faults)
    assert {module.id for module in found.modules} == {"neighbour"} | (set() if refused else {path.stem})
