"""Small copies of PNG pictures, with nothing but the standard library: each pixel is the mean of those it stands for.

python thumbnails.py PICTURES [--width 160]
"""

from __future__ import annotations

import argparse
import json
import os
import struct
import sys
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

SIGNATURE = b"\x89PNG\r\n\x1a\n"
CHANNELS = {0: 1, 2: 3, 4: 2, 6: 4}  # by colour type; pictures with a palette are left alone


class NotSupported(Exception):
    """A picture of a kind that this script does not read."""


@dataclass(frozen=True)
class Picture:
    """`rows` hold 8 bits a channel."""

    width: int
    colour: int
    rows: list[bytes]


def chunks(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    at = len(SIGNATURE)
    while at + 8 <= len(data):
        length, kind = struct.unpack_from(">I4s", data, at)
        yield kind, data[at + 8 : at + 8 + length]
        at += 12 + length


def read(data: bytes) -> Picture:
    parts = list(chunks(data)) if data.startswith(SIGNATURE) else []
    if not parts or parts[0][0] != b"IHDR":
        raise NotSupported("it is no PNG picture")
    width, height, depth, colour, _, _, interlaced = struct.unpack(">IIBBBBB", parts[0][1])
    if depth != 8 or colour not in CHANNELS or interlaced:
        raise NotSupported("only pictures of 8 bits a channel, without palette and interlacing, are read")
    raw = zlib.decompress(b"".join(content for kind, content in parts if kind == b"IDAT"))
    return Picture(width, colour, unfiltered(raw, width * CHANNELS[colour], height, CHANNELS[colour]))


def unfiltered(raw: bytes, size: int, height: int, step: int) -> list[bytes]:
    rows = [bytes(size)]
    for number in range(height):
        start = number * (size + 1)
        row = bytearray(raw[start + 1 : start + 1 + size])
        undo(raw[start], row, rows[-1], step)
        rows.append(bytes(row))
    return rows[1:]


def undo(kind: int, row: bytearray, above: bytes, step: int) -> None:
    """Takes back what the writer subtracted from each byte: its left, upper, mean or nearest neighbour."""
    if kind == 0:
        return
    for at, byte in enumerate(row):
        left = row[at - step] if at >= step else 0
        corner = above[at - step] if at >= step else 0
        guess = {1: left, 2: above[at], 3: (left + above[at]) // 2}.get(kind)
        row[at] = (byte + (nearest(left, above[at], corner) if guess is None else guess)) & 0xFF


def nearest(left: int, up: int, corner: int) -> int:
    guess = left + up - corner
    return min((left, up, corner), key=lambda one: abs(guess - one))


def smaller(picture: Picture, width: int) -> Picture:
    if width >= picture.width:
        return picture
    step, factor = CHANNELS[picture.colour], picture.width / width
    height = max(1, round(len(picture.rows) / factor))
    rows = []
    for y in range(height):
        above, below = int(y * factor), max(int(y * factor) + 1, int((y + 1) * factor))
        block = picture.rows[above : min(below, len(picture.rows))]
        rows.append(b"".join(mean(block, int(x * factor), int((x + 1) * factor), step) for x in range(width)))
    return Picture(width, picture.colour, rows)


def mean(block: list[bytes], left: int, right: int, step: int) -> bytes:
    right = max(right, left + 1)
    count = len(block) * (right - left)
    return bytes(sum(sum(row[left * step + at : right * step : step]) for row in block) // count for at in range(step))


def written(picture: Picture) -> bytes:
    header = struct.pack(">IIBBBBB", picture.width, len(picture.rows), 8, picture.colour, 0, 0, 0)
    content = zlib.compress(b"".join(b"\0" + row for row in picture.rows), 9)
    parts = ((b"IHDR", header), (b"IDAT", content), (b"IEND", b""))
    return SIGNATURE + b"".join(
        struct.pack(">I", len(part)) + kind + part + struct.pack(">I", zlib.crc32(kind + part)) for kind, part in parts
    )


def main() -> None:
    parser = argparse.ArgumentParser(description="Makes small copies of PNG pictures.")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--width", type=int, default=160)
    asked = parser.parse_args()
    if not asked.folder.is_dir():
        sys.exit(f"{asked.folder} is no folder")
    pictures, made = sorted(asked.folder.glob("*.png")), 0
    for number, path in enumerate(pictures, 1):
        try:
            small = smaller(read(path.read_bytes()), asked.width)
        except (NotSupported, zlib.error, struct.error, IndexError) as error:
            print(f"WARNING: {path.name} is passed over: {error}", flush=True)
        else:
            (Path(os.environ.get("CONTROL_CENTER_RUN_DIR", ".")) / path.name).write_bytes(written(small))
            made += 1
        print(json.dumps({"progress": number / len(pictures), "message": path.name}), flush=True)
    print(f"{made} of {len(pictures)} pictures have a small copy")


if __name__ == "__main__":
    main()
