# /// script
# requires-python = ">=3.11"
#
# [tool.control-center]
# name = "Table to JSON"
# description = "Turns a CSV file into JSON, one object for each row"
# category = "examples/data"
# tags = ["csv", "json"]
# outputs = ["*.json", "*.jsonl"]
#
# [tool.control-center.parameters.source]
# label = "CSV file"
# required = true
# placeholder = "/home/me/table.csv"
#
# [tool.control-center.parameters.delimiter]
# options = [",", ";", "tab"]
# default = ","
#
# [tool.control-center.parameters.form]
# options = ["one list", "one object a line"]
# default = "one list"
#
# [tool.control-center.parameters.columns]
# description = "Only these; all where none is given"
# multiple = true
#
# [tool.control-center.parameters.numbers]
# description = "Write what looks like a number as one"
# default = true
# ///
"""A module in one file: its definition stands above, in the block that Python tools read too.

python table_to_json.py --source table.csv [--delimiter ";"] [--columns name --columns size] [--numbers]
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import re
import sys
from collections.abc import Iterator
from pathlib import Path

NUMBER = re.compile(r"-?(?:0|[1-9]\d{0,14})(?:\.\d{1,15})?")
Row = dict[str, str | int | float]


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Turns a CSV file into JSON.")
    parser.add_argument("--source", type=Path, required=True)
    parser.add_argument("--delimiter", default=",")
    parser.add_argument("--form", choices=["one list", "one object a line"], default="one list")
    parser.add_argument("--columns", action="append", default=[])
    parser.add_argument("--numbers", action="store_true")
    return parser.parse_args()


def value(text: str, numbers: bool) -> str | int | float:
    """Plain numbers only: the leading zero of a code must not get lost."""
    if not numbers or not NUMBER.fullmatch(text):
        return text
    return float(text) if "." in text else int(text)


def read(asked: argparse.Namespace) -> Iterator[Row]:
    """The rows, with the share of the file that has been read told now and then."""
    size, told = max(asked.source.stat().st_size, 1), 0.0
    with asked.source.open(encoding="utf-8-sig", newline="") as file:
        reader = csv.DictReader(
            iter(file.readline, ""), delimiter="\t" if asked.delimiter == "tab" else asked.delimiter
        )
        for name in asked.columns:
            if name not in (reader.fieldnames or ()):
                sys.exit(f"There is no column {name!r}. There is: {', '.join(reader.fieldnames or ())}")
        for row in reader:
            yield {name: value(text, asked.numbers) for name, text in row.items() if name in (asked.columns or row)}
            if (share := file.tell() / size) - told >= 0.05:
                told = share
                print(json.dumps({"progress": round(share, 2)}), flush=True)


def main() -> None:
    asked = arguments()
    folder = Path(os.environ.get("CONTROL_CENTER_RUN_DIR", "."))
    if asked.form == "one list":
        target = folder / f"{asked.source.stem}.json"
        rows = list(read(asked))
        target.write_text(json.dumps(rows, ensure_ascii=False, indent=1), encoding="utf-8")
        count = len(rows)
    else:
        target, count = folder / f"{asked.source.stem}.jsonl", 0
        with target.open("w", encoding="utf-8") as file:
            for row in read(asked):
                file.write(json.dumps(row, ensure_ascii=False) + "\n")
                count += 1
    print(json.dumps({"progress": 1.0, "message": f"{count} rows in {target.name}", "metrics": {"rows": count}}))


if __name__ == "__main__":
    main()
