# /// script
# requires-python = ">=3.11"
#
# [tool.control-center]
# name = "Fetch from files"
# description = "Turns transcripts that lie in a folder into insights of a knowledge base"
# category = "examples/knowledge"
# tags = ["knowledge"]
#
# [tool.control-center.parameters.creator]
# label = "Creator"
# description = "Its id; transcripts lie in a folder of that name"
# required = true
#
# [tool.control-center.parameters.transcripts]
# label = "Folder of transcripts"
# description = "Text files, <creator>/<video id>.txt: a title, then the text"
# default = "transcripts"
#
# [tool.control-center.parameters.base]
# label = "Root of the knowledge base"
# description = "The folder that holds ai-agents"
# default = "."
#
# [tool.control-center.parameters.agent]
# default = "integration"
#
# [tool.control-center.parameters.category]
# default = "transcripts"
#
# [tool.control-center.parameters.max_videos]
# label = "At most"
# type = "integer"
# min = 1
# max = 100
# default = 10
# ///
"""A module that a knowledge base fetches with, on local files: what is new of a creator becomes an insight each.

python fetch_files.py --creator ada [--transcripts transcripts] [--base .] [--agent integration] [--max_videos 10]

A transcript is `<transcripts>/<creator>/<video id>.txt`, its first line the title. Its insight is written where a
knowledge base looks for it, whole or not at all; a transcript that has one is passed over. `Processing video:` and
`Insight extracted:` in the log are what the control center counts.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from datetime import UTC, datetime
from pathlib import Path

SENTENCE = re.compile(r"[^.!?\n]+[.!?]")
WORDS = 6  # a sentence of fewer is no insight


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--creator", required=True)
    parser.add_argument("--transcripts", type=Path, default=Path("transcripts"))
    parser.add_argument("--base", type=Path, default=Path())
    parser.add_argument("--agent", default="integration")
    parser.add_argument("--category", default="transcripts")
    parser.add_argument("--max_videos", type=int, default=10)
    given = parser.parse_args()
    source = given.transcripts / given.creator
    if not source.is_dir():
        print(f"ERROR: there is no folder {source}", file=sys.stderr)
        return 1
    target = given.base / "ai-agents" / given.agent / given.category
    target.mkdir(parents=True, exist_ok=True)
    fresh = [one for one in sorted(source.glob("*.txt")) if not any(target.glob(f"{given.creator}-{one.stem}-*.md"))]
    chosen = fresh[: given.max_videos]
    for number, transcript in enumerate(chosen, start=1):
        print(f"Processing video: {transcript.stem}", flush=True)
        for insight in write(transcript, given.creator, given.category, target):
            print(f"Insight extracted: {insight}", flush=True)
        print(json.dumps({"progress": number / len(chosen), "message": transcript.stem}), flush=True)
    print(f"SUCCESS: {len(chosen)} of {len(fresh)} new transcripts of {given.creator}")
    return 0


def write(transcript: Path, creator: str, category: str, target: Path) -> list[str]:
    """The insights of a transcript, once they are written."""
    title, _, text = transcript.read_text(encoding="utf-8").partition("\n")
    insights = [found.strip() for found in SENTENCE.findall(text) if len(found.split()) >= WORDS]
    now = datetime.now(UTC)
    numbered = "\n".join(f"{number}. {insight}" for number, insight in enumerate(insights, start=1))
    page = (
        f"# {title.strip()}\n\n**Source:** {creator}\n**Video ID:** {transcript.stem}\n"
        f"**Added:** {now:%Y-%m-%d %H:%M}\n**Confidence:** {min(100, 10 * len(insights))}%\n\n---\n\n"
        f"## Key Insights\n\n{numbered}\n\n---\n\n## Metadata\n\n- **Category:** {category}\n"
    )
    file = target / f"{creator}-{transcript.stem}-{now:%Y%m%d}.md"
    half = file.with_suffix(".part")
    half.write_text(page, encoding="utf-8")
    half.replace(file)
    return insights


if __name__ == "__main__":
    sys.exit(main())
