"""A compressed segment of a log: gzip that every tool unpacks, and that can be read from any offset.

The bytes are packed in blocks, each a gzip member of its own; members in a row are one gzip file. The last member is
empty and carries in its extra field how many bytes there are, how many a block holds, and how long each packed block
is, so that one look at the end of the file tells the size and where any byte lies. Of a damaged one, what can still be
unpacked is read, and the damage is logged once.
"""

from __future__ import annotations

import logging
import os
import struct
import zlib
from dataclasses import dataclass
from functools import lru_cache
from itertools import accumulate, pairwise
from pathlib import Path

log = logging.getLogger(__name__)

SUFFIX = ".gz"
_LEAST_BLOCK = 1 << 18
_MOST_BLOCKS = 8000  # an extra field holds 64 KB
_LEVEL = 6
_GZIP = 31  # zlib's number for one gzip member
_STEP = 256  # packed bytes at a time of a damaged block: what comes with the damage is lost
_MOST_UNPACKED = 1 << 26
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
        """From `offset` on, at most `limit` bytes and at most to the end of its block. One block is unpacked; `Damaged`
        where that cannot be done as far as to this offset."""
        number, begin = divmod(offset, self.block)
        with path.open("rb", buffering=0) as file:
            file.seek(self.places[number])
            packed = file.read(self.places[number + 1] - self.places[number])
        unpacker = zlib.decompressobj(_GZIP)
        try:
            data = unpacker.decompress(packed, self.block + 1)
        except zlib.error:
            data = _unpack_start(packed)[0][: self.block]
        if not unpacker.eof:
            _tell_once(f"{path} is damaged; what of it cannot be unpacked is left out")
            if len(data) <= begin:
                raise Damaged(str(path))
        return data[begin : begin + limit]

    def block_end(self, offset: int) -> int:
        return min(self.size, (offset // self.block + 1) * self.block)


class Damaged(OSError):
    """Bytes of an archive that cannot be unpacked."""


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


def salvage(path: Path) -> Table:
    """Of an archive without its table, as one that was cut off: the blocks from its beginning that can be unpacked, the
    last as far as it can be. Unpacks all of them. OSError when the file cannot be read."""
    data = memoryview(path.read_bytes())
    block, size, places = 0, 0, [0]
    while places[-1] < len(data):
        unpacked, length = _unpack_start(data[places[-1] :])
        if not unpacked:
            break
        block = block or len(unpacked)
        size += len(unpacked)
        places.append(places[-1] + (length or len(data) - places[-1]))
        if not length or len(unpacked) < block:
            break
    return Table(size, max(1, block), tuple(places))


def _unpack_start(packed: bytes | memoryview) -> tuple[bytes, int]:
    """What can be unpacked of one member, and how long that is packed; 0 where its end is not reached: it is not there,
    or far behind that of any of ours."""
    unpacker = zlib.decompressobj(_GZIP)
    pieces, size = [], 0
    try:
        for at in range(0, len(packed), _STEP):
            pieces.append(unpacker.decompress(packed[at : at + _STEP]))
            size += len(pieces[-1])
            if size > _MOST_UNPACKED:
                break
            if unpacker.eof:
                return b"".join(pieces), min(at + _STEP, len(packed)) - len(unpacker.unused_data)
    except zlib.error:
        pass  # what came before it is whole
    return b"".join(pieces), 0


@lru_cache(maxsize=1024)
def _table(path: Path, inode: int, size: int, modified: int) -> Table:
    try:
        return read_table(path)
    except ValueError as error:
        table = salvage(path)
        log.warning("%s; %d bytes of output can be read of it", error, table.size)
        return table


@lru_cache(maxsize=1024)
def _tell_once(words: str) -> None:
    log.warning("%s", words)


def table_of(path: Path, seen: os.stat_result) -> Table:
    """What can be read of the archive. `seen` tells archives of one name apart: each is looked into once, as they never
    change. OSError when it cannot be read."""
    return _table(path, seen.st_ino, seen.st_size, seen.st_mtime_ns)


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
