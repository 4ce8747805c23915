"""Voxels packed block by block: one stream for others, the same each time."""

from __future__ import annotations

import gzip
import struct
import zlib

import numpy as np
import pytest

from vizmed.write.blocks import blocks_of, gzipped, zlibbed

NOISE = np.random.default_rng(3).integers(0, 50, 100_000, dtype=np.uint8).tobytes()
PACKINGS = {"gzip": (gzipped, gzip.decompress), "zlib": (zlibbed, zlib.decompress)}


@pytest.mark.parametrize("size", [1, 999, 50_000, 200_000])
@pytest.mark.parametrize("packing", PACKINGS)
def test_one_stream_that_others_unpack(packing, size):
    pack, unpack = PACKINGS[packing]
    blocks = [memoryview(NOISE)[start : start + size] for start in range(0, 2000 if size == 1 else len(NOISE), size)]
    packed = b"".join(pack(blocks))
    assert unpack(packed) == b"".join(blocks)
    assert packed == b"".join(pack(iter(blocks)))
    stream = zlib.decompressobj(wbits=47)
    stream.decompress(packed)
    assert stream.eof
    assert not stream.unused_data


@pytest.mark.parametrize("packing", PACKINGS)
def test_nothing_is_a_stream_too(packing):
    pack, unpack = PACKINGS[packing]
    assert unpack(b"".join(pack([]))) == b""


def test_the_sums_at_the_end():
    blocks = [NOISE[:60_000], NOISE[60_000:]]
    assert b"".join(gzipped(blocks))[-8:] == struct.pack("<II", zlib.crc32(NOISE), len(NOISE))
    assert b"".join(zlibbed(blocks))[-4:] == struct.pack(">I", zlib.adler32(NOISE))


def test_blocks_cost_hardly_anything():
    voxels = np.frombuffer(NOISE, np.uint8).reshape(100, 100, 10, order="F")
    packed = b"".join(zlibbed(blocks_of(voxels, 50_000)))
    assert len(packed) < 1.01 * len(zlib.compress(NOISE, 2))
