# SPDX-License-Identifier: Apache-2.0
"""Compressors with several threads."""
from real import compare


def both_ways(t, name, pack, unpack):
    """Packs, and unpacks what it packed."""
    if not compare.want(t, name):
        return
    data = compare.data(t)
    compare.same(t, name, name, [*pack, data], shown=hash)
    with open(t.path("packed"), "wb") as packed, open(t.path(name + ".bare.out"), "rb") as out:
        packed.write(out.read())
    compare.same(t, "un" + name, name, [*unpack, t.path("packed")], shown=hash)


def test_pigz(t):
    both_ways(t, "pigz", ["pigz", "-n", "-p", "4", "-b", "128", "-c"], ["pigz", "-d", "-c"])


def test_xz(t):
    both_ways(t, "xz", ["xz", "-1", "-T", "2", "--block-size=1MiB", "-c"], ["xz", "-d", "-f", "-T", "2", "-c"])


def test_zstd(t):
    both_ways(t, "zstd", ["zstd", "-q", "-6", "-T2", "-B1048576", "-c"], ["zstd", "-q", "-d", "-c"])
