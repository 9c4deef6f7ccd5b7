# SPDX-License-Identifier: Apache-2.0
"""Many threads in dlopen and dlclose at once: the program runs as by itself, and a stack names the library that was
there, not another that had its addresses before."""
import os
import shutil

DONE = ("done\n", 7)


def command(t, libraries, threads, loads, misused=-1):
    os.makedirs(t.path("libraries"), exist_ok=True)
    for i in range(libraries):
        shutil.copy(t.program("guest", "closing.so"), t.path("libraries", f"{i}.so"))
    return [t.program("guest", "closing_libraries"), t.path("libraries"), *map(str, (libraries, threads, loads, misused))]


def soak(t, name, *shape):
    result = t.preloaded(command(t, *shape), data=name)
    t.same(f"{name} (preloaded)", (*DONE, ""), (result.out, result.status, result.err))


def test_few(t):
    """The same few addresses all the time."""
    soak(t, "two threads", 2, 2, 3000)
    soak(t, "six threads", 3, 6, 1500)


def test_many(t):
    soak(t, "fifty libraries", 50, 8, 1500)


def test_named(t):
    t.run_snarl(command(t, 3, 4, 200, misused=2))
    findings = t.kept().findings
    t.same("one finding", ["unlock-not-locked"], [f.kind for f in findings])
    frames = findings[0].stacks[0].frames if findings else []
    t.check("of the library that was there", frames and frames[0].module.endswith("/2.so"), frames[:1])
