"""A GPU as the whole daemon has it: over HTTP, in charts, metrics and alerts, with the service that uses it."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.fakes.daemon import Daemon, wait_for
from tests.fakes.drm import AMD, AMDGPU_CLIENT, GIB, Drm

pytestmark = [
    pytest.mark.timeout(300),
    pytest.mark.skipif(sys.platform != "linux", reason="the tree is one of Linux's drivers"),
]

# The daemon, in which Linux's reader finds that tree instead of the machine's own.
OVER_TREE = """
import runpy, sys
from pathlib import Path
from backend.services.system.gpu import drm, found
drm.CLIENTS_AGE = 0.0
cards, proc = map(Path, sys.argv[1:3])
found.find_readers = lambda clock: [drm.DrmGpus(clock, cards, proc)]
sys.argv = sys.argv[5:]
runpy.run_module("backend", run_name="__main__")
"""
DEFINITIONS = json.dumps({
    "services": {"comfyui": {"command": [sys.executable, "-c", "import time; time.sleep(600)"], "start_seconds": 0.1}},
    "alerts": {"rules": {"hot-gpu": {"metric": "gpu:0:temperature", "above": 85, "severity": "critical"}}},
})  # fmt: skip


@pytest.fixture
def tree(tmp_path: Path) -> Drm:
    tree = Drm(tmp_path)
    tree.add("card0", AMD)
    return tree


@pytest.fixture
def daemon(tmp_path: Path, tree: Drm) -> Iterator[Daemon]:
    made = Daemon(tmp_path, DEFINITIONS)
    made.wrapper = (sys.executable, "-c", OVER_TREE, str(tree.cards), str(tree.proc))
    made.start()
    yield made
    made.close()


def get(daemon: Daemon, path: str, **query: Any) -> Any:
    answer = daemon.http.get(path, params=query)
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_a_gpu_is_told_wherever_figures_are(daemon: Daemon, tree: Drm) -> None:
    daemon.post("comfyui", "start").raise_for_status()
    pid = wait_for(lambda: get(daemon, "/api/services/comfyui")["pid"])
    tree.open(pid, 5, AMDGPU_CLIENT.format(client=1, slot="0000:03:00.0", kib=4096))
    (gpu,) = wait_for(lambda: [gpu for gpu in get(daemon, "/api/system/gpus") if gpu["processes"]])
    assert gpu["processes"] == [{"pid": pid, "memory": 4096 * 1024, "service": "comfyui"}]
    assert (gpu["index"], gpu["vendor"], gpu["usage_percent"], gpu["memory_used"]) == (0, "AMD", 37.0, 9 * GIB)

    wait_for(lambda: get(daemon, "/api/system/stats")["gpus"] == [gpu], what="the sample has it too")
    tree.set("card0", "device/hwmon/hwmon4/temp1_input", "91000\n")
    (alert,) = wait_for(lambda: get(daemon, "/api/alerts", state="firing")["alerts"], what="it is too hot")
    assert (alert["rule"], alert["subject"], alert["value"]) == ("hot-gpu", "gpu:0:temperature", 91.0)

    chart = get(daemon, "/api/system/history", metric="gpu:0:temperature")
    assert (chart["unit"], chart["points"][-1]["max"]) == ("celsius", 91.0)
    series = {one["metric"] for one in get(daemon, "/api/system/series")}
    assert {"gpu", "gpu_memory", "gpu:0", "gpu:0:memory", "gpu:0:temperature", "gpu:0:power"} <= series
    labels = f'gpu="0",name="{gpu["name"]}"'
    assert f"control_center_gpu_temperature_celsius{{{labels}}} 91.0" in daemon.http.get("/metrics").text
