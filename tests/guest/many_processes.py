# SPDX-License-Identifier: Apache-2.0
"""A script that starts hundreds of small processes: those with nothing to tell leave no recording, and the program
itself does."""
import glob


def test_many(t):
    result = t.run_snarl(["sh", "-c", "for i in $(seq 150); do sh -c true; /bin/true; done; exit 4"])
    t.same("many processes: status", 4, result.status)
    t.same("many processes: stderr", "", result.err)
    t.same("many processes: recordings", 1, len(glob.glob(t.path("run", "[0-9]*.snarl"))))
