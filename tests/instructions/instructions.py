# SPDX-License-Identifier: Apache-2.0
"""A guard on the hot paths that needs no clock: callgrind counts the instructions of an operation, which are the same each
time, whatever else the machine does, but for what a signal or a clock that has moved on makes the start of one run longer: so
a count that is too high is taken again.  Each case of bench/lock.c that limits.txt names is run twice under the shim, with
different numbers of operations; the difference is what the operations took.  Where a limit is passed the path
has grown longer: mend it, or raise the limit and say in docs/performance.md what the instructions buy.  V=1 or a
failure shows the counts."""
import os
import re
import shutil
import subprocess

FEW, MORE = 2000, 6000
ATTEMPTS = 3


def stripped(t, path):
    """A copy without debugging information, which Valgrind cannot always read (clang's)."""
    copy = t.path(os.path.basename(path))
    subprocess.run(["strip", "-g", "-o", copy, path], check=True)
    return copy


def executed(t, command, **env):
    """Instructions of a whole run; None where callgrind does not say."""
    result = t.run(["valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null", *command],
                   SNARL_OPTIONS="report_at_exit=0", SNARL_OUTPUT=t.path("recording"), **env)
    match = re.search(r"Collected *: *(\d+)", result.err)
    return int(match.group(1)) if match else None


def per_operation(t, lock, name, **env):
    """Two runs of different length: what is executed once is left out."""
    few, more = (executed(t, [lock, "-n", n, name], **env) for n in (FEW, MORE))
    return None if few is None or more is None else (more - few) // (MORE - FEW)


def limits(t):
    with open(os.path.join(t.root, "tests/instructions/limits.txt"), encoding="utf-8") as file:
        lines = [line.split() for line in file if line.strip() and not line.startswith("#")]
    return [(name, int(limit)) for name, limit in lines]


def check_some(t, part, parts):
    """The limits of every `parts`-th case."""
    if not shutil.which("valgrind"):
        t.check("instructions are counted", False, "valgrind is not installed: scripts/setup check installs it")
        return
    lock, shim = stripped(t, os.path.join(t.build, "bench/lock")), stripped(t, t.shim)
    for name, limit in limits(t)[part::parts]:
        counts = []
        while len(counts) < ATTEMPTS and not any(0 < count <= limit for count in counts):
            counts.append(per_operation(t, lock, name, LD_PRELOAD=shim) or 0)
        got = min(counts, key=lambda count: count or float("inf"))
        t.check(f"instructions {name}: at most {limit}", 0 < got <= limit,
                f"{got} instructions an operation, limit {limit}")


def test_first_half(t):
    check_some(t, 0, 2)


def test_second_half(t):
    check_some(t, 1, 2)


# Calls of snarl.h, of which the detector would answer the questions: without it each is a load and a branch.
INERT = """
#include <snarl.h>
#include <stdlib.h>
int main(int argc, char **argv)
{
	static int lock, sum;
	for (long n = argc > 2 ? atol(argv[2]) : 0; n; n--) {
		%s
		__asm__ volatile("" : : : "memory");
	}
	return sum == 1;
}
"""
INERT_CALLS = ["snarl_lock_level(&lock, 1, 2);", "snarl_scope_begin(0);", "sum += snarl_held_by_me(&lock);", "snarl_lock_acquired(&lock, 0);"]


def test_inert(t):
    """Against the empty loop: the address of the table (a load), and the test of it."""
    if not shutil.which("valgrind"):
        t.check("instructions are counted", False, "valgrind is not installed: scripts/setup check installs it")
        return
    names = [t.compile(f"inert{i}", INERT % call, "-O2", "-Iinclude") for i, call in enumerate(["", *INERT_CALLS])]
    counts = [per_operation(t, name, "x") for name in names]
    for call, count in zip(INERT_CALLS, counts[1:]):
        more = count - counts[0] if count and counts[0] else None
        t.check(f"without the detector {call}", more is not None and 0 <= more <= 5, f"{more} instructions, at most 5")
