# SPDX-License-Identifier: Apache-2.0
"""What a thread that holds many locks leaves in its recording grows with their number, not with its square."""
import glob
import os


def size_of(t, count):
    result = t.run_snarl([t.program("cases", "held_many"), "some", count])
    t.same(f"{count} held: status", 0, result.status)
    return sum(os.stat(f).st_size for f in glob.glob(t.path("run", "*.snarl")))


def test_size(t):
    small, large = size_of(t, 1000), size_of(t, 8000)
    t.check("held_many: eight times as many locks take at most twelve times the space", large < 12 * small,
            f"{small} and {large} bytes")
