"""Zstandard frames of raw blocks, in plain Python: what real `zstd -t` accepts, and no more.

The format is that of RFC 8878; a frame carries the XXH64 of its content, so that a cut or a
flipped bit is found here as on a real host. Compressed blocks are not understood.
"""

from __future__ import annotations

import struct

_MAGIC = 0xFD2FB528
_BLOCK = 128 * 1024
_SINGLE_SEGMENT_8_BYTES_CHECKED = 0b11_1_0_0_1_00
_WRAP = (1 << 64) - 1
_PRIMES = (
    0x9E3779B185EBCA87,
    0xC2B2AE3D27D4EB4F,
    0x165667B19E3779F9,
    0x85EBCA77C2B2AE63,
    0x27D4EB2F165667C5,
)


class Corrupt(Exception):
    """The bytes are no sound frame; says so as `zstd -t` does."""


def compress(content: bytes) -> bytes:
    """Returns a valid frame that holds the content as it is."""
    header = struct.pack("<IBQ", _MAGIC, _SINGLE_SEGMENT_8_BYTES_CHECKED, len(content))
    cuts = range(0, max(len(content), 1), _BLOCK)
    blocks = [content[at : at + _BLOCK] for at in cuts]
    framed = [
        _block_header(len(block), last=number == len(blocks) - 1) + block
        for number, block in enumerate(blocks)
    ]
    return header + b"".join(framed) + struct.pack("<I", xxh64(content) & 0xFFFFFFFF)


def decompress(frame: bytes) -> bytes:
    """Returns what a frame of raw blocks holds.

    Raises:
        Corrupt: the frame is cut, altered, or not one that `compress` could have made.
    """
    if len(frame) < 13:
        raise Corrupt("unexpected end of file" if frame else "unknown header")
    magic, descriptor, size = struct.unpack_from("<IBQ", frame)
    if magic != _MAGIC:
        raise Corrupt("unsupported format")
    if descriptor != _SINGLE_SEGMENT_8_BYTES_CHECKED:
        raise Corrupt("compressed blocks are not emulated in this lab")
    content, at = _blocks(frame, 13)
    if len(frame) < at + 4:
        raise Corrupt("Read error (39) : premature end")
    if len(frame) > at + 4:
        raise Corrupt("unsupported format after the frame")
    if len(content) != size or frame[at:] != struct.pack("<I", xxh64(content) & 0xFFFFFFFF):
        raise Corrupt("Decoding error (36) : Restored data doesn't match checksum")
    return content


def _blocks(frame: bytes, at: int) -> tuple[bytes, int]:
    content = []
    last = 0
    while not last:
        header = int.from_bytes(frame[at : at + 3], "little")
        last, kind, size = header & 1, header >> 1 & 3, header >> 3
        if kind:
            raise Corrupt("Decoding error (36) : Data corruption detected")
        block = frame[at + 3 : at + 3 + size]
        if len(frame) < at + 3 or len(block) < size:
            raise Corrupt("Read error (39) : premature end")
        content.append(block)
        at += 3 + size
    return b"".join(content), at


def _block_header(size: int, *, last: bool) -> bytes:
    return (size << 3 | last).to_bytes(3, "little")


def xxh64(data: bytes) -> int:
    """Returns the XXH64 of data, seed 0."""
    p1, p2, _, p4, p5 = _PRIMES
    at = len(data) // 32 * 32
    if at:
        lanes = [(p1 + p2) & _WRAP, p2, 0, -p1 & _WRAP]
        words = struct.unpack_from(f"<{at // 8}Q", data)
        for start in range(0, len(words), 4):
            lanes = [_round(lane, words[start + n]) for n, lane in enumerate(lanes)]
        turns = (1, 7, 12, 18)
        value = sum(_turn(lane, by) for lane, by in zip(lanes, turns, strict=True)) & _WRAP
        for lane in lanes:
            value = ((value ^ _round(0, lane)) * p1 + p4) & _WRAP
    else:
        value = p5
    value = (value + len(data)) & _WRAP
    return _finished(_tail(value, data[at:]))


def _round(lane: int, word: int) -> int:
    mixed = (lane + word * _PRIMES[1]) & _WRAP
    return (_turn(mixed, 31) * _PRIMES[0]) & _WRAP


def _turn(value: int, by: int) -> int:
    return (value << by | value >> (64 - by)) & _WRAP


def _tail(value: int, rest: bytes) -> int:
    p1, p2, p3, p4, p5 = _PRIMES
    while len(rest) >= 8:
        (word,) = struct.unpack_from("<Q", rest)
        value = (_turn(value ^ _round(0, word), 27) * p1 + p4) & _WRAP
        rest = rest[8:]
    if len(rest) >= 4:
        (word,) = struct.unpack_from("<I", rest)
        value = (_turn(value ^ (word * p1 & _WRAP), 23) * p2 + p3) & _WRAP
        rest = rest[4:]
    for byte in rest:
        value = (_turn(value ^ (byte * p5 & _WRAP), 11) * p1) & _WRAP
    return value


def _finished(value: int) -> int:
    value = ((value ^ value >> 33) * _PRIMES[1]) & _WRAP
    value = ((value ^ value >> 29) * _PRIMES[2]) & _WRAP
    return value ^ value >> 32
