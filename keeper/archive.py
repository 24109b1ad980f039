"""A compressed segment of a log: gzip that every tool unpacks, and that can be read from any offset.

The bytes are packed in blocks, each a gzip member of its own; members in a row are one gzip file. The last member is
empty and carries in its extra field how many bytes there are, how many a block holds, and how long each packed block
is, so that one look at the end of the file tells the size and where any byte lies.
"""

from __future__ import annotations

import os
import struct
import zlib
from dataclasses import dataclass
from itertools import accumulate, pairwise
from pathlib import Path

SUFFIX = ".gz"
_LEAST_BLOCK = 1 << 18
_MOST_BLOCKS = 8000  # an extra field holds 64 KB
_LEVEL = 6
_GZIP = 31  # zlib's number for one gzip member
_HEAD = struct.Struct("<4sIBBH")  # gzip with an extra field: magic and flags, time, 0, system, length of the field
_MAGIC = b"\x1f\x8b\x08\x04"
_FIELD = struct.Struct("<2sHQI")  # name, length, bytes in all, bytes a block
_NAME = b"CL"
_EMPTY = b"\x03\x00" + bytes(8)  # nothing deflated, its checksum and its length
_LENGTH = struct.Struct("<I")  # of the last member, as the last thing in its extra field


@dataclass(frozen=True)
class Table:
    """What a packed file holds: `size` bytes, `block` in each but the last, whose packed forms begin at `places`."""

    size: int
    block: int
    places: tuple[int, ...]  # one more than there are blocks

    def read(self, path: Path, offset: int, limit: int) -> bytes:
        """From `offset` on, at most `limit` bytes and at most to the end of its block. One block is unpacked."""
        number, begin = divmod(offset, self.block)
        with path.open("rb", buffering=0) as file:
            file.seek(self.places[number])
            packed = file.read(self.places[number + 1] - self.places[number])
        try:
            return zlib.decompress(packed, _GZIP)[begin : begin + limit]
        except zlib.error as error:
            raise OSError(f"{path} is damaged: {error}") from error


def block_size(total: int) -> int:
    return max(_LEAST_BLOCK, -(-total // _MOST_BLOCKS))


def pack_block(data: bytes) -> bytes:
    return zlib.compress(data, _LEVEL, _GZIP)


def pack_table(size: int, block: int, packed: list[int], modified: float) -> bytes:
    """The last member; `packed` are the lengths of the blocks in order, `modified` epoch seconds for the header."""
    lengths = struct.pack(f"<{len(packed)}I", *packed)
    payload = _FIELD.size - 4 + len(lengths) + _LENGTH.size
    field = _FIELD.pack(_NAME, payload, size, block) + lengths
    whole = _HEAD.size + len(field) + _LENGTH.size + len(_EMPTY)
    head = _HEAD.pack(_MAGIC, int(modified) & 0xFFFF_FFFF, 0, 255, len(field) + _LENGTH.size)
    return head + field + _LENGTH.pack(whole) + _EMPTY


def read_table(path: Path) -> Table:
    """Reads the end of the file only. ValueError when it is not one of these, or was cut off; OSError."""
    with path.open("rb", buffering=0) as file:
        end = file.seek(0, os.SEEK_END)
        last = _HEAD.size + _FIELD.size + _LENGTH.size + len(_EMPTY)
        if end < last:
            raise ValueError(f"{path} is too short")
        file.seek(end - len(_EMPTY) - _LENGTH.size)
        (length,) = _LENGTH.unpack(file.read(_LENGTH.size))
        if not last <= length <= min(end, 1 << 17):
            raise ValueError(f"{path} has no table at its end")
        file.seek(end - length)
        member = file.read(length)
    name, _, size, block = _FIELD.unpack_from(member, _HEAD.size)
    lengths = member[_HEAD.size + _FIELD.size : -len(_EMPTY) - _LENGTH.size]
    if member[:4] != _MAGIC or name != _NAME or not block or len(lengths) % 4:
        raise ValueError(f"{path} has no table at its end")
    places = tuple(accumulate(struct.unpack(f"<{len(lengths) // 4}I", lengths), initial=0))
    if places[-1] != end - length or len(places) - 1 != -(-size // block) or any(b <= a for a, b in pairwise(places)):
        raise ValueError(f"the table of {path} does not fit its blocks")
    return Table(size, block, places)
