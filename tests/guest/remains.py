# SPDX-License-Identifier: Apache-2.0
"""What killed and crashed processes leave in the temporary folder goes when it is old, or too much; so does the folder."""
import os
import time

GONE = 4_200_000  # no process has such an id: the kernel's largest is 4194304


def leave(folder, pid, minutes, size=0):
    path = os.path.join(folder, f"{pid}.snarl")
    with open(path, "wb") as file:
        file.write(bytes(size))
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
        leave(where, pid, minutes)
    leave(where, os.getpid(), 48 * 60)
    with open(os.path.join(where, "other"), "wb"):
        os.utime(os.path.join(where, "other"), (0, 0))
    os.rename(os.path.join(where, "other"), os.path.join(where, "0.other"))
    t.same("older than a day: gone, but of who lives, and what is none", [0, os.getpid(), GONE + 1, GONE + 2], look(t))


def test_many(t):
    where = folder(t)
    for i in range(300):
        leave(where, GONE + i, i)
    left = look(t, SNARL_OPTIONS="keep=100")
    t.same("too many: the newest stay", list(range(GONE, GONE + 101)), left)
    t.same("an own folder is not looked through", 101, len(look(t, SNARL_OUTPUT=where, SNARL_OPTIONS="keep=5")) - 1)


def test_large(t):
    where = folder(t)
    for i in range(8):
        leave(where, GONE + i, i, 300 << 10)
    left = look(t, SNARL_OPTIONS="keep_mib=1")
    t.same("too large: the newest stay", list(range(GONE, GONE + 4)), left)


def test_empty_folder(t):
    t.same("the folder goes with the last", None, look(t))
