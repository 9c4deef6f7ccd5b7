# SPDX-License-Identifier: Apache-2.0
"""The channel library has no detector in it and pays for none: it asks libc for its symbols and nobody else, no call
inside of it goes through an exported name (so a preloaded library changes nothing between its functions), and an operation
takes the same number of instructions whether or not some other library is preloaded.  Instructions are
counted by callgrind, so no clock is asked."""
import os
import re
import shutil

# What every shared object may lack.
WEAK = re.compile(r"^(_ITM_(de)?registerTMCloneTable|__gmon_start__|__cxa_finalize)(@|$)")


def library(t):
    return os.path.join(t.build, "libsnarl-channel.so")


def symbols(t, *options):
    return [line.split()[-1] for line in t.run(["nm", "-D", *options, library(t)]).out.splitlines()]


def test_stands_alone(t):
    foreign = [s for s in symbols(t, "--undefined-only") if "@GLIBC_" not in s and not WEAK.match(s)]
    t.same("undefined symbols that are not libc's", [], foreign)
    needed = re.findall(r"\(NEEDED\).*\[(.*)\]", t.run(["readelf", "-dW", library(t)]).out)
    t.same("libraries needed", ["libc.so.6"], [n for n in needed if not n.startswith("ld-linux")])
    relocations = t.run(["readelf", "-rW", library(t)]).out
    t.same("calls through its own exported names", [], sorted(set(re.findall(r"snarl_[a-z_]*", relocations))))
    t.same("exported names that are not snarl_", [],
           [s for s in symbols(t, "--defined-only") if not s.startswith("snarl_")])


def executed(t, preload, operation, count):
    env = {"LD_PRELOAD": preload} if preload else {}
    result = t.run(["valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null",
                    os.path.join(t.build, "bench/channel"), operation, "library", "--count", count],
                   SNARL_OPTIONS="report_at_exit=0", SNARL_OUTPUT=t.path("recording"), **env)
    match = re.search(r"Collected *: *(\d+)", result.err)
    return int(match.group(1)) if match else None


def per_operation(t, preload, operation):
    """Two runs of different length: what is executed once is left out."""
    first, second = executed(t, preload, operation, 2000), executed(t, preload, operation, 6000)
    return None if first is None or second is None else (second - first + 2000) // 4000


def counted(t, operation):
    """Another library preloaded costs nothing."""
    if not shutil.which("valgrind"):
        t.check(f"{operation}: instructions are counted", False, "valgrind: scripts/setup check")
        return
    empty = t.compile("empty.so", "\n/* nothing */\n", "-shared")
    bare, other = per_operation(t, None, operation), per_operation(t, empty, operation)
    t.check(f"{operation}: instructions with another library preloaded", bare is not None and bare == other,
            f"bare {bare}, an empty library {other}, libsnarl {per_operation(t, t.shim, operation)}")


def test_pair(t):
    counted(t, "pair")


def test_select8(t):
    counted(t, "select8")
