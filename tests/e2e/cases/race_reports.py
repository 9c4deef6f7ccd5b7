# SPDX-License-Identifier: Apache-2.0
"""What the report says of a data race: what the memory is, what each side held, which case it is; and which races are one
finding. tests/e2e/race has the programs, each with its silent twin."""
import os
import re
import subprocess

BLOCKS = {"malloc": "in_malloc", "calloc": "in_calloc", "realloc": "in_realloc", "reallocarray": "in_reallocarray",
          "aligned": "in_aligned", "memalign": "in_memalign", "posix": "in_posix", "among": "in_malloc", "strdup": "in_strdup"}
CASES = ["missing-lock", "different-locks", "written-under-read-lock", "double-checked-initialisation", "one-side-not-atomic",
         "flag", "unguarded", "freed-while-used", "missing-join", "argument-changed"]


def build(t, source, level="-O1", compiler="gcc"):
    out = t.path(source + level)
    result = subprocess.run([compiler, "-g", level, "-fsanitize=thread", "-Wno-tsan", "-pthread", "-o", out,
                             os.path.join(t.root, "tests/e2e/race", source)], capture_output=True, text=True, check=False)
    t.same(f"{source} {level} compiles", "", result.stderr)
    return out


def findings(t, program, *arguments):
    """Those of a run; its text is kept beside them."""
    data = "-".join([os.path.basename(program), *arguments])
    result = t.run_snarl([program, *arguments], data=data)
    label = " ".join(arguments)
    t.same(f"{label}: output", "done\n", result.out)
    found = t.report(data).findings
    t.check(f"{label}: races only", all(f.kind == "data-race" and f.verdict == "confirmed" for f in found), result.err)
    return found, result.err


def one(t, program, *arguments):
    found, text = findings(t, program, *arguments)
    t.same(f"{' '.join(arguments)}: findings", 1, len(found))
    return (found[0], text) if found else (None, text)


def silent(t, program, name):
    found, text = findings(t, program, name, "right")
    t.same(f"{name}, as it is right: silent", "", text if found else "")


def memory(t, level):
    program = build(t, "memory.c", level)
    f, _ = one(t, program, "member")
    t.same("member", ("global", "queue.items[3].sum"), f and (f.location.kind, f.location.name))
    f, text = one(t, program, "thread-local")
    t.same("thread-local", ("tls", "own[1].sum", "T2"), f and (f.location.kind, f.location.name, f.location.thread))
    t.check("thread-local: told", "'own[1].sum' is a thread-local variable of T2 (first)" in text, text)
    f, text = one(t, program, "frame")
    t.same("frame", ("stack", "local[2].sum", "frame", "T2"),
           f and (f.location.kind, f.location.name, f.location.function, f.location.thread))
    t.check("frame: told", "'local[2].sum' is a variable of frame, on the stack of T2 (first)" in text, text)
    for name, function in BLOCKS.items():
        f, text = one(t, program, name)
        t.same(name, ("heap", 48, 16, "T2", function),
               f and (f.location.kind, f.location.size, f.location.offset, f.location.thread, f.location.allocated[0].function))
        t.check(f"{name}: told", "of a heap block of 48 bytes, offset 16" in text and
                "was allocated by T2 (first)" in text, text)
    f, _ = one(t, program, "large")
    t.same("large", (1 << 20, 800000), f and (f.location.size, f.location.offset))
    f, text = one(t, program, "freed")
    t.same("freed", (["write", "free"], 48, "freed-while-used"),
           f and ([a.op for a in f.accesses], f.accesses[1].size, f.case))
    t.check("freed: told", "of a freed heap block of 48 bytes, offset 16" in text, text)
    for name in ("member", "thread-local", "frame", "large", "freed", *BLOCKS):
        silent(t, program, name)


def test_memory_O0(t):
    memory(t, "-O0")


def test_memory_O1(t):
    memory(t, "-O1")


def test_memory_O2(t):
    memory(t, "-O2")


def cases(t, level):
    program = build(t, "cases.c", level)
    for name in CASES:
        f, text = one(t, program, name)
        t.same(f"{name}: case", name, f and f.case)
        t.check(f"{name}: a fix", re.search(r"^  fix: .{30}", text, re.M), text)
        silent(t, program, name)
    # Its store is atomic, its first look is not.
    f, _ = one(t, program, "half-checked")
    t.same("half-checked: case", "one-side-not-atomic", f and f.case)
    silent(t, program, "half-checked")


def test_cases_O0(t):
    cases(t, "-O0")


def test_cases_O2(t):
    cases(t, "-O2")


def test_held(t):
    """Which locks, where they were acquired, and that there was none."""
    program = build(t, "cases.c")
    f, text = one(t, program, "missing-lock")
    t.same("missing-lock: held", [[], ["M1"]], [a.held for a in f.accesses])
    t.same("missing-lock: its name", ["mutex"], [o.name for o in f.objects])
    t.check("missing-lock: told", re.search(r"here, without a lock:.*holding mutex 'mutex' \(M1\), acquired here:\s+#0\s+add_to ",
                                            text, re.S), text)
    f, text = one(t, program, "different-locks")
    t.same("different-locks: held", [["M1"], ["M2"]], [a.held for a in f.accesses])
    t.same("different-locks: acquired", ["add_to", "add_to"],
           [s.frames[0].function for s in f.stacks if s.role == "holds"])
    _, text = one(t, program, "written-under-read-lock")
    t.same("written-under-read-lock: told", 2, text.count("holding rwlock 'rwlock' (M1) for reading, acquired"))
    _, text = one(t, program, "one-side-not-atomic")
    t.check("one-side-not-atomic: told", "(plain read) here:" in text and "(atomic write) here:" in text, text)


def test_folding(t):
    """One finding for a pair of lines and an object: a hundred elements of an array are one, two blocks are two."""
    found, text = findings(t, build(t, "folding.c"), "all")
    t.same("findings", 7, len(found))
    t.same("variables", ["a", "b", "pair.x", "pair.y", "table"],
           sorted(f.location.name.split("[")[0] for f in found if f.location.kind == "global"))
    t.same("blocks", [40, 80], sorted(f.location.size for f in found if f.location.kind == "heap"))
    t.same("ids", 7, len({f.id for f in found}))
    t.check("counted", "seen 100 times" in text, text)
