"""Packed bytes: what libdeflate takes is what zlib gives, and what is wrong is left to zlib."""

from __future__ import annotations

import gzip
import zlib

import numpy as np
import pytest

from vizmed.read.inflate import inflate_at_once

PLAIN = np.random.default_rng(5).integers(0, 9, 5000, dtype=np.uint8).tobytes()
PACKINGS = {"gzip": gzip.compress(PLAIN, 6, mtime=0), "zlib": zlib.compress(PLAIN, 6)}


@pytest.mark.parametrize("packing", PACKINGS)
def test_a_whole_stream(packing):
    room = np.zeros(len(PLAIN), np.uint8)
    assert inflate_at_once(memoryview(PACKINGS[packing]), room)
    assert room.tobytes() == PLAIN


@pytest.mark.parametrize("size", [0, 1, len(PLAIN) - 1, len(PLAIN) + 1, 2 * len(PLAIN)])
@pytest.mark.parametrize("packing", PACKINGS)
def test_another_size(packing, size):
    around = np.full(size + 100, 77, np.uint8)
    assert not inflate_at_once(PACKINGS[packing], around[:size])
    assert (around[size:] == 77).all()


@pytest.mark.parametrize("packing", PACKINGS)
def test_cuts(packing):
    packed, room = PACKINGS[packing], np.empty(len(PLAIN), np.uint8)
    assert not any(inflate_at_once(packed[:size], room) for size in range(0, len(packed), 7))


@pytest.mark.parametrize("packing", PACKINGS)
def test_wounds_are_noticed_where_zlib_notices_them(packing):
    room = np.empty(len(PLAIN), np.uint8)
    for place in range(0, len(PACKINGS[packing]), 3):
        wounded = bytearray(PACKINGS[packing])
        wounded[place] ^= 0x10
        found = room.tobytes() if inflate_at_once(bytes(wounded), room) else None
        assert found == unpacked_by_zlib(bytes(wounded))  # zlib's short sum lets some wounds through


def unpacked_by_zlib(packed: bytes) -> bytes | None:
    try:
        return zlib.decompress(packed, wbits=47)
    except zlib.error:
        return None
