# SPDX-License-Identifier: Apache-2.0
"""Programs of the system: same output, same status, nothing said."""
import random
import shutil

PYTHON = """
import threading, sys
ts = [threading.Thread(target=lambda: sum(range(1000))) for _ in range(8)]
[t.start() for t in ts]; [t.join() for t in ts]; print(len(sys.stdin.read())); sys.exit(3)"""


def as_itself(t, *command, **env):
    """The program does the same under the detector, which says nothing; its input is a file of numbers."""
    if not shutil.which(command[0]):
        t.skip(f"{command[0]}: not installed")
        return
    numbers = list(range(1, 20001))
    random.Random(1).shuffle(numbers)
    stdin = t.write("numbers", "".join(f"{n}\n" for n in numbers))
    own = t.run(command, stdin=stdin)
    for how, run in (("preloaded", t.preloaded), ("run", t.run_snarl)):
        got = run(command, stdin=stdin, **env)
        t.same(f"{command[0]} ({how})", (own.out, own.status), (got.out, got.status))
        t.same(f"{command[0]} says nothing ({how})", own.err, got.err)


def test_small(t):
    as_itself(t, "true")
    as_itself(t, "false")
    as_itself(t, "gzip", "-nc")
    as_itself(t, "env", "-i", "PATH=/usr/bin:/bin", "sh", "-c", "echo clean")
    as_itself(t, "jq", "-n", "[range(10)]")


def test_sort(t):
    as_itself(t, "sort", "-n", "--parallel=4", "-S", "64K")


def test_xz(t):
    """It leaves its workers blocked at exit: a suspicion is right there, so only what it does is compared."""
    as_itself(t, "xz", "-T2", "-c", SNARL_OPTIONS="leaks=off")


def test_shells(t):
    as_itself(t, "sh", "-c", "cat | head -3; exit 5")
    as_itself(t, "bash", "-c", "for i in 1 2 3; do (echo $i) & wait; done; exit 4")


def test_languages(t):
    as_itself(t, "perl", "-e", "print reverse <>; exit 6")
    as_itself(t, "python3", "-c", PYTHON)


def test_compiler(t):
    as_itself(t, "gcc", "-O1", "-x", "c", "-c", "-o", "/dev/null", "/dev/null")
