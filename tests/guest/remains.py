# SPDX-License-Identifier: Apache-2.0
"""What killed and crashed processes leave in the temporary folder goes when it is old, or too much; so does the folder."""
import os
import time

GONE = 4_200_000  # no process has such an id: the kernel's largest is 4194304


def leave(t, folder, pid, minutes):
    path = os.path.join(folder, f"{pid}.snarl")
    with open(path, "wb"):
        pass
    then = time.time() - 60 * minutes - 30
    os.utime(path, (then, then))


def look(t, **env):
    """A process that begins and ends; then what is in the folder, by process id."""
    t.run(["true"], TMPDIR=t.work, LD_PRELOAD=t.shim, **env)
    folder = t.path(f"snarl-{os.geteuid()}")
    return sorted(int(f.split(".")[0]) for f in os.listdir(folder)) if os.path.isdir(folder) else None


def folder(t):
    path = t.path(f"snarl-{os.geteuid()}")
    os.mkdir(path, 0o700)
    return path


def test_old(t):
    where = folder(t)
    for pid, minutes in ((GONE + 1, 10), (GONE + 2, 23 * 60), (GONE + 3, 24 * 60), (GONE + 4, 99 * 24 * 60)):
        leave(t, where, pid, minutes)
    leave(t, where, os.getpid(), 48 * 60)
    with open(os.path.join(where, "other"), "wb"):
        os.utime(os.path.join(where, "other"), (0, 0))
    os.rename(os.path.join(where, "other"), os.path.join(where, "0.other"))
    t.same("older than a day: gone, but of who lives, and what is none", [0, os.getpid(), GONE + 1, GONE + 2], look(t))


def test_many(t):
    where = folder(t)
    for i in range(300):
        leave(t, where, GONE + i, i)
    left = look(t, SNARL_OPTIONS="keep=100")
    t.same("too many: the newest stay", list(range(GONE, GONE + 101)), left)
    t.same("an own folder is not looked through", 101, len(look(t, SNARL_OUTPUT=where, SNARL_OPTIONS="keep=5")) - 1)


def test_empty_folder(t):
    t.same("the folder goes with the last", None, look(t))
