# SPDX-License-Identifier: Apache-2.0
"""A recording does not grow with the locks and threads that have come and gone, only with those that there are: ten times as
many leave a file of the same size."""
import glob
import os


def size_after(t, how, rounds):
    result = t.run_snarl([t.program("cases", "comes_and_goes"), how, rounds])
    t.same(f"reclaim {how} {rounds} status", 0, result.status)
    return [os.stat(f).st_size for f in glob.glob(t.path("run", "*.snarl"))]


def same_size(t, how):
    t.same(f"reclaim {how}: the recording does not grow", size_after(t, how, 500), size_after(t, how, 5000))


def test_inner(t):
    same_size(t, "inner")


def test_outer(t):
    same_size(t, "outer")


def test_chain(t):
    same_size(t, "chain")


def test_thread(t):
    same_size(t, "thread")


def test_undestroyed(t):
    same_size(t, "undestroyed")
