# /// script
# requires-python = ">=3.11"
#
# [tool.control-center]
# name = "Call a webhook"
# description = "Posts JSON to a webhook, of n8n for example, and keeps its answer"
# category = "examples/automation"
# tags = ["n8n", "http"]
# outputs = ["answer.*"]
# timeout = "5m"
# retries = {attempts = 2, delay = "5s"}
#
# [tool.control-center.parameters.url]
# label = "Address"
# required = true
# placeholder = "http://127.0.0.1:5678/webhook/my-workflow"
# validation = {pattern = 'https?://\S+', message = "write the whole address, http://…"}
#
# [tool.control-center.parameters.body]
# label = "JSON to send"
# default = "{}"
#
# [tool.control-center.parameters.header]
# label = "Header of the key"
# description = "What the webhook's authentication is called, if it has one"
# placeholder = "X-Api-Key"
#
# [tool.control-center.parameters.key]
# type = "password"
# env = "WEBHOOK_KEY"
#
# [tool.control-center.parameters.seconds]
# label = "Seconds to wait"
# type = "integer"
# default = 60
# min = 1
# max = 300
# ///
"""Starts a workflow elsewhere and waits for what it says. Its key goes by the environment: a command line can be read
by every other program of the machine.

WEBHOOK_KEY=… python webhook.py --url http://127.0.0.1:5678/webhook/test --body '{"a": 1}' --header X-Api-Key
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path


def request(asked: argparse.Namespace) -> urllib.request.Request:
    try:
        body = json.dumps(json.loads(asked.body)).encode()
    except ValueError as error:
        sys.exit(f"The text to send is not JSON: {error}")
    headers = {"Content-Type": "application/json"}
    if asked.header and (key := os.environ.get("WEBHOOK_KEY")):
        headers[asked.header] = key
    return urllib.request.Request(asked.url, data=body, headers=headers, method="POST")  # noqa: S310  # http and https


def call(asked: argparse.Namespace) -> tuple[int, str, bytes]:
    """Status, media type and body of the answer, whatever the status is."""
    try:
        with urllib.request.urlopen(request(asked), timeout=asked.seconds) as answer:  # noqa: S310
            return answer.status, answer.headers.get_content_type(), answer.read()
    except urllib.error.HTTPError as refused:
        return refused.code, refused.headers.get_content_type(), refused.read()
    except OSError as error:
        sys.exit(f"{asked.url} does not answer: {getattr(error, 'reason', error)}")


def main() -> None:
    parser = argparse.ArgumentParser(description="Posts JSON to a webhook and keeps its answer.")
    parser.add_argument("--url", required=True)
    parser.add_argument("--body", default="{}")
    parser.add_argument("--header", default="")
    parser.add_argument("--seconds", type=int, default=60)
    asked = parser.parse_args()
    begun = time.monotonic()
    status, media_type, body = call(asked)
    seconds = round(time.monotonic() - begun, 3)
    name = "answer.json" if media_type == "application/json" else "answer.txt"
    (Path(os.environ.get("CONTROL_CENTER_RUN_DIR", ".")) / name).write_bytes(body)
    print(body.decode(errors="replace")[:2000])
    metrics = {"status": status, "seconds": seconds, "bytes": len(body)}
    print(json.dumps({"progress": 1.0, "message": f"answered {status} in {seconds} s", "metrics": metrics}))
    sys.exit(0 if status < 400 else 1)


if __name__ == "__main__":
    main()
