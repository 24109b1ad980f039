"""The house that the tour goes through: its configuration, the scripts of its tools and the notes that it searches.

Each tool prints and works as the one whose name it has would, on a port of its own where it has one.
"""

from __future__ import annotations

import json
from pathlib import Path

from tests.services.agents.test_reading import FILES as AGENTS

# Works a little, in waves; answers on its port; says what the others say of themselves.
TOOL = """
import argparse, http.server, itertools, pathlib, threading, time
parser = argparse.ArgumentParser()
parser.add_argument("--port", type=int)
parser.add_argument("--memory", type=int, default=8)
parser.add_argument("--work", type=float, default=0.01)
parser.add_argument("--say", type=pathlib.Path)
asked = parser.parse_args()

class Page(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"ok")
    def log_message(self, *words):
        pass

if asked.port:
    server = http.server.ThreadingHTTPServer(("127.0.0.1", asked.port), Page)
    threading.Thread(target=server.serve_forever, daemon=True).start()
held = bytearray(b"x" * (asked.memory << 20))
lines = asked.say.read_text(encoding="utf-8").splitlines() if asked.say else ["ready"]
for turn in itertools.count():
    print(lines[turn] if turn < len(lines) else f"INFO {len(held) >> 20} MB held, turn {turn}", flush=True)
    until = time.process_time() + asked.work
    while time.process_time() < until:
        pass
    time.sleep(0.02 if turn < len(lines) else 2)
"""

COMFYUI = """
import sys, time
print("Total VRAM 24564 MB, total RAM 64170 MB")
print("Set vram state to: NORMAL_VRAM")
print("\\x1b[32mStarting server\\x1b[0m")
print("got prompt")
print("\\x1b[33mWARNING\\x1b[0m: the last prompt was for 1536x1536, more than this model was trained on")
print("Requested to load SDXL", flush=True)
time.sleep(0.6)
print("!!! Exception during processing !!!", file=sys.stderr)
raise MemoryError("CUDA out of memory. Tried to allocate 3.20 GiB")
"""

WEBUI = [
    "INFO Started server process",
    "INFO Waiting for application startup.",
    "2026-03-14 09:12:02 INFO  open_webui.env  SECRET_KEY is loaded from a file",
    "2026-03-14 09:12:03 INFO  open_webui.config  Loaded 14 models from Ollama",
    "\x1b[33mWARNING\x1b[0m CORS_ALLOW_ORIGIN is '*': not for a machine that others reach",
    "\x1b[36mINFO\x1b[0m Uvicorn running on http://127.0.0.1:8081 (Press CTRL+C to quit)",
    '\x1b[36mINFO\x1b[0m 127.0.0.1 - "GET /api/models HTTP/1.1" \x1b[32m200\x1b[0m',
    '\x1b[36mINFO\x1b[0m 127.0.0.1 - "POST /api/chat/completions HTTP/1.1" \x1b[32m200\x1b[0m',
    "\x1b[31mERROR\x1b[0m open_webui.utils.tools  The tool 'weather' did not answer within 10 s",
    "Traceback (most recent call last):",
    '  File "open_webui/utils/tools.py", line 214, in call_tool',
    "    return await asyncio.wait_for(tool(**arguments), timeout)",
    "TimeoutError",
    '\x1b[36mINFO\x1b[0m 127.0.0.1 - "POST /api/chat/completions HTTP/1.1" \x1b[32m200\x1b[0m',
]

TRAIN = """
import argparse, base64, json, os, pathlib, sys, time
parser = argparse.ArgumentParser()
parser.add_argument("--model")
parser.add_argument("--rate", type=float)
parser.add_argument("--epochs", type=int)
parser.add_argument("--pace", type=float)
asked = parser.parse_args()
folder = pathlib.Path(os.environ["CONTROL_CENTER_RUN_DIR"])
held = bytearray(b"x" * (48 << 20))
rows = ["epoch,loss,accuracy"]
for epoch in range(1, asked.epochs + 1):
    until = time.process_time() + 0.02
    while time.process_time() < until:
        pass
    loss = 2.4 / (1 + epoch * asked.rate * 900)
    told = {"progress": epoch / asked.epochs, "message": f"epoch {epoch} of {asked.epochs}", "metrics": {"loss": loss}}
    print(json.dumps(told))
    print(f"INFO epoch {epoch:3d}  loss {loss:.4f}  accuracy {1 - loss / 3:.3f}", flush=True)
    rows.append(f"{epoch},{loss:.4f},{1 - loss / 3:.3f}")
    time.sleep(asked.pace)
(folder / "loss.csv").write_text("\\n".join(rows) + "\\n")
(folder / "notes.md").write_text(f"# {asked.model}\\n\\nLearning rate {asked.rate}, {asked.epochs} epochs.\\n")
"""

BACKUP = """
import sys
print("INFO 1 204 files in 3 folders")
sys.exit("the drive 'backup' is not there")
"""

INSIGHTS = {
    "ai-agents/art-director/style/ada-ADA000001-20260207.md": """# Light that leads the eye

**Video ID:** ADA000001
**Added:** 2026-02-07 12:15
**Confidence:** 90%

## Key Insights

1. A rim light of half the key's strength keeps a figure apart from a dark background
2. Two colours of light are enough; a third makes the picture restless

| step | tool | denoise |
|---|---|---|
| sketch | ComfyUI | 0.70 |
| paint | ComfyUI | 0.40 |
""",
    "ai-agents/art-director/sub-agents/L2.1.1/style/grace-GRACE00002-20260301.md": """# Outlines that hold

**Video ID:** GRACE00002
**Added:** 2026-03-01 08:40
**Confidence:** 75%

## Key Insights

1. Draw the light first, the outline last
2. An outline that changes its width reads as shade
""",
    "notes/prompts.md": "# Prompts that worked\n\n- soft light from the left, 35 mm\n- rim light, dark room\n",
    "notes/lighting.txt": "Three point light: key, fill, back.\nThe fill light is never brighter than the key.\n",
}
CREATORS = {
    "creators": [
        {"id": "ada", "name": "Ada", "priority": "critical", "focus": "Light and colour"},
        {"id": "grace", "name": "Grace", "priority": "high", "focus": "Line and shade"},
        {"id": "kurt", "name": "Kurt", "priority": "low", "focus": "Composition"},
    ]
}

DEFINITIONS = """
services:
  comfyui:
    name: ComfyUI
    description: Pictures from words
    command: [python3, main.py]
    cwd: comfyui
    tags: [ai, image]
    restart: {delay: 600s, max_delay: 600s}
  ollama:
    name: Ollama
    description: Models of language on this machine
    command: [python3, tool.py, --port, "${PORT}", --memory, "160", --work, "0.05"]
    port: {base: 11434, auto: true}
    tags: [ai, text]
    health: {http: "http://127.0.0.1:${PORT}/", interval: 2s}
  open-webui:
    name: Open WebUI
    command: [python3, tool.py, --port, "${PORT}", --memory, "70", --say, webui.txt]
    port: {base: 8081, auto: true}
    tags: [ai, text]
    depends_on: {ollama: {condition: healthy}}
    health: {http: "http://127.0.0.1:${PORT}/health", interval: 2s}
  postgres:
    name: PostgreSQL
    command: [python3, tool.py, --port, "${PORT}", --memory, "40"]
    port: {base: 5432, auto: true}
    tags: [database]
    limits: {memory: 900MB}
    health: {http: "http://127.0.0.1:${PORT}/", interval: 2s}
  n8n:
    name: n8n
    description: Flows between everything
    command: [python3, tool.py, --port, "${PORT}", --memory, "60", --work, "0.03"]
    port: {base: 5678, auto: true}
    tags: [automation]
    usage: {meter: true}
    depends_on: {postgres: {condition: healthy}}
    health: {http: "http://127.0.0.1:${PORT}/healthz", interval: 2s}
  scheduler:
    name: Mail collector
    command: [python3, tool.py, --memory, "12"]
    tags: [automation]
  whisper:
    name: Whisper
    description: Words from speech
    command: [whisper-server, --model, large-v3]
    tags: [ai, audio]
  migrate:
    name: Database migration
    command: [python3, -c, "print('3 tables are as they should be')"]
    restart: never
    depends_on: {postgres: {condition: healthy}}
    tags: [database]
  jupyter:
    name: JupyterLab
    command: [python3, tool.py, --memory, "30"]
    tags: [notebook]

modules:
  folders: ["${center:root}/examples/modules"]
  train:
    name: Train a classifier
    description: Learns from the pictures of a folder and leaves its losses as a table
    category: models/training
    tags: [ai, gpu]
    command: [python3, train.py]
    exclusive: gpu
    parameters:
      model: {label: Model, type: select, options: [small, medium, large], default: small}
      rate: {label: Learning rate, type: number, default: 0.001, min: 0.0001, max: 1}
      epochs: {label: Epochs, type: integer, default: 12, min: 1, max: 1000}
      pace: {label: Seconds between epochs, type: number, default: 0, min: 0, max: 60}
  backup:
    name: Backup
    description: Copies what has changed to the drive in the hall
    category: house
    command: [python3, backup.py]
    schedule: {cron: "30 2 * * *", missed: once}
  digest:
    name: Morning digest
    description: What came over night, in one page
    category: house
    command: [python3, -c, "print('7 things to read')"]
    schedule: "0 6 * * 1-5"

knowledge: {roots: [knowledge], fetch: fetch_files}

usage:
  budgets:
    daily: {per: day, soft: 2, hard: 5}
    monthly: {per: month, soft: 60, hard: 100}

alerts:
  rules:
    down: {state: [failed, backoff], service: "*", severity: critical}
    out-of-memory: {log: "CUDA out of memory", service: comfyui, within: 1h}
    spent: {budget: daily, at: 60%}
    big: {metric: memory, service: ollama, above: 100MB, severity: info}
    low-disk: {metric: disk, above: 95%, severity: critical}
    busy: {metric: cpu, above: 95%, clear: 80%, for: 10m}
    quiet: {silence: 10m, service: scheduler}
  maintenance:
    - {name: backup, services: [postgres], days: [sat, sun], from: "02:00", to: "04:00"}
"""

TARGETS = """
notifications:
  group: 0s
  targets:
    desk: http://127.0.0.1:{desk}/told
    phone: {{url: "http://127.0.0.1:{phone}/told", on: [crash, alert], min_severity: critical}}
"""


def furnish(folder: Path) -> None:
    """Puts what the definitions speak of into the folder."""
    files = {
        "tool.py": TOOL,
        "comfyui/main.py": COMFYUI,
        "webui.txt": "\n".join(WEBUI) + "\n",
        "train.py": TRAIN,
        "backup.py": BACKUP,
        **{f"knowledge/{name}": text for name, text in INSIGHTS.items()},
        **{f"knowledge/ai-agents/{name}": text for name, _, text in AGENTS},
        "knowledge/knowledge-base/metadata/creator-database.json": json.dumps(CREATORS, indent=1),
    }
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
