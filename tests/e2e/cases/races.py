# SPDX-License-Identifier: Apache-2.0
"""Data races in programs compiled with -fsanitize=thread, at each level of optimisation: tests/e2e/race has what must be
reported and its silent twins.  gcc's programs need libtsan and are recognised; clang's are linked with the front."""
import os
import re
import subprocess

RACES = ["plain", "read", "other-lock", "one-locked", "read-locked", "far", "copy", "relaxed", "mixed", "bytes", "freed", "failed", "jump"]
SILENT = ["mutex", "try", "c11", "spin", "rwlock", "rwlock-back", "release", "fence", "exchange", "failed-well", "atomic",
          "semaphore", "pipe", "queue", "exit", "fork", "once", "condition", "reuse", "stack", "joined", "barrier", "bytes-apart", "freed-late"]
FLOW_RACES = ["printed", "stray-handler", "robust-outside"]
FLOWS = ["closed", "poll", "select", "stream", "letter", "kill", "moved", "handler", "remapped"]
CHANNEL_RACES = ["late", "early", "two-senders", "cancel-late", "two-done", "semaphore-of-two", "task-early", "pool-early"]
CHANNELS = ["send", "send-waited", "hand", "void", "back", "room", "close", "close-waited", "select", "cancel", "cancel-waited", "group",
            "mutex", "future", "once", "queue", "meet", "task", "pool", "errors"]
RACES_CPP = ["plain", "deleted"]
SILENT_CPP = ["static", "once-again", "promise-at-exit", "shared-pointer", "lock", "vector"]


def channel(t):
    """What a program that uses libsnarl-channel is built with."""
    return [f"-I{t.root}/include", f"-L{t.build}", "-Wl,--no-as-needed", "-lsnarl-channel", f"-Wl,-rpath,{t.build}"]


def build(t, compiler, level, source, more=()):
    """The program, or None where there is no such compiler."""
    clang = "clang" in compiler
    out = t.path(f"{compiler}{level}")
    link = ["-fno-sanitize-link-runtime", f"-L{t.build}", "-Wl,--no-as-needed", "-lsnarl-race", "-lsnarl",
            f"-Wl,-rpath,{t.build}"] if clang else []
    result = subprocess.run([compiler, "-g", level, "-fsanitize=thread", "-Wno-tsan", "-Wno-unknown-warning-option", "-pthread",
                             "-o", out, os.path.join(t.root, "tests/e2e/race", source), *link, *more],
                            capture_output=True, text=True, check=False)
    t.same(f"{compiler} {level} compiles", "", result.stderr)
    return out


def expect(t, program, name, races, more=()):
    label = f"{os.path.basename(program)} {name}"
    result = t.run_snarl([program, name, *more], data=f"{os.path.basename(program)}-{name}")
    t.same(f"{label}: output", "done\n", result.out)
    if not races:
        t.same(f"{label}: status", 0, result.status)
        t.same(f"{label}: silent", "", result.err)
        return
    t.same(f"{label}: status", 66, result.status)
    found = t.report(f"{os.path.basename(program)}-{name}").findings
    t.check(f"{label}: races only", found and all(f.kind == "data-race" and f.verdict == "confirmed" for f in found),
            result.err)
    for f in found:
        t.same(f"{label}: two sides", 2, len(f.accesses))
        t.check(f"{label}: both stacks reach the thread's function",
                all(re.search(r"^(first|second|main|work|part|.*lambda.*)", "\n".join(x.function for x in a.stack if x.function), re.M)
                    for a in f.accesses), result.err)


def all_of(t, compiler, level, source, races, silent, more=()):
    program = build(t, compiler, level, source, more)
    for name in races:
        expect(t, program, name, True)
    for name in silent:
        expect(t, program, name, False)


def test_c_gcc_O0(t):
    all_of(t, "gcc", "-O0", "races.c", RACES, SILENT)


def test_c_gcc_O1(t):
    all_of(t, "gcc", "-O1", "races.c", RACES, SILENT)


def test_c_gcc_O2(t):
    all_of(t, "gcc", "-O2", "races.c", RACES, SILENT)


def test_c_clang_O1(t):
    all_of(t, "clang", "-O1", "races.c", RACES, SILENT)


def test_flows_gcc_O1(t):
    all_of(t, "gcc", "-O1", "flows.c", FLOW_RACES, FLOWS)
    t.run_snarl([t.path("gcc-O1"), "robust"], data="robust")
    t.same("robust: all that is found", ["lock-held-at-thread-exit"], [f.kind for f in t.report("robust").findings])


def test_cpp_gcc_O0(t):
    all_of(t, "g++", "-O0", "races.cc", RACES_CPP, SILENT_CPP)


def test_cpp_gcc_O2(t):
    all_of(t, "g++", "-O2", "races.cc", RACES_CPP, SILENT_CPP)


def test_cpp_clang_O1(t):
    all_of(t, "clang++", "-O1", "races.cc", RACES_CPP, SILENT_CPP)


def libc(t, compiler, level):
    """Of each call a byte that it accesses, and one beside it that it does not."""
    program = build(t, compiler, level, "libc.c")
    with open(os.path.join(t.root, "tests/e2e/race/libc.c"), encoding="utf-8") as source:
        names = re.findall(r'^\t\{"(\w+)", ', source.read(), re.M)
    t.check("calls", len(names) > 30, str(names))
    for name in names:
        expect(t, program, name, True, ["in"])
        expect(t, program, name, False, ["out"])


def test_libc_gcc_O0(t):
    libc(t, "gcc", "-O0")


def test_libc_gcc_O2(t):
    libc(t, "gcc", "-O2")


def test_libc_clang_O2(t):
    libc(t, "clang", "-O2")


def test_tsan_options(t):
    """What means the same is honoured, the rest named."""
    program = build(t, "gcc", "-O1", "races.c")
    rules = t.path("rules")
    with open(rules, "w", encoding="utf-8") as file:
        file.write("race:plain_1\n")
    def run(options, *command):
        return t.run_snarl([program, "plain"], options=command, TSAN_OPTIONS=options)
    result = run(f"suppressions={rules} history_size=7:exitcode=9")
    t.same("suppressed: status", 0, result.status)
    t.same("suppressed: nothing said", "", result.err)
    t.same("exit code", 9, run("exitcode=9").status)
    t.same("ours comes first", 8, run("exitcode=9", "--exitcode", "8").status)
    t.check("named", "left aside, since they mean nothing here: frobnicate, report_bugs\n" in run("frobnicate=1,exitcode='9' report_bugs=0").err)


def test_named(t):
    """What the report says of the memory."""
    program = build(t, "gcc", "-O1", "races.c")
    t.run_snarl([program, "read"], data="named")
    f = t.report("named").findings[0]
    t.same("named: location", "shared.count", f.location.name)
    t.same("named: sides", [("read", 4), ("write", 4)], [(a.op, a.size) for a in f.accesses])
    t.run_snarl([program, "freed"], data="freed")
    t.same("freed: sides", ["free", "read"], [a.op for a in t.report("freed").findings[0].accesses])


def test_channels_gcc_O2(t):
    all_of(t, "gcc", "-O2", "channels.c", CHANNEL_RACES, CHANNELS, channel(t))


def test_channels_clang_O1(t):
    all_of(t, "clang", "-O1", "channels.c", CHANNEL_RACES, CHANNELS, channel(t))


def test_channel_late(t):
    """The library is linked, or comes in amid the run."""
    late, linked = build(t, "gcc", "-O1", "channel_late.c", [f"-I{t.root}/include"]), None
    os.rename(late, t.path("late"))
    linked = build(t, "gcc", "-O1", "channel_late.c", channel(t))
    for command in [t.path("late"), "late", os.path.join(t.build, "libsnarl-channel.so")], [linked, "linked"]:
        expect(t, command[0], command[1], False, command[2:])


def test_what_is_not_seen(t):
    """The report says it once: children are not judged."""
    program = build(t, "gcc", "-O1", "races.c")
    expect(t, program, "mutex", False)
    t.same("mutex: nothing to say", {}, t.report("gcc-O1-mutex").unrecorded)
    expect(t, program, "fork", False)
    t.same("fork: said", {"race_children": 20}, t.report("gcc-O1-fork").unrecorded)


# libtsan's that no compiler emits and no C or C++ program calls: Java, debuggers, its own tests and reports.
NOT_OURS = r"__tsan_(java_|get_report|get_current_report|test_only|get_alloc_stack|locate_address|symbolize_external|on_report|testonly|default_|external_)"


def exported(path):
    names = subprocess.run(["nm", "-D", "--defined-only", path], capture_output=True, text=True, check=True).stdout
    return {line.split()[-1].split("@")[0] for line in names.splitlines()}


def test_entry_points(t):
    """All that gcc's and clang's own libraries export, and what the compilers' binaries name."""
    ours = exported(os.path.join(t.build, "libsnarl-race.so"))
    theirs = set()
    for compiler, name in ("gcc", "libtsan.so"), ("clang", "libclang_rt.tsan-x86_64.so"):
        path = subprocess.run([compiler, f"-print-file-name={name}"], capture_output=True, text=True, check=False).stdout.strip()
        if os.path.exists(path):
            theirs |= {n for n in exported(path) if n.startswith("__tsan_") and not re.match(NOT_OURS, n)}
    t.check("a library to compare with", len(theirs) > 80, str(len(theirs)))
    t.same("entry points of the compilers' libraries", "", " ".join(sorted(theirs - ours)))


def test_libc_has_the_rest(t):
    """A program that is linked with libtsan is bound to it for much of libc, too: what libc does not have under that name
    the front must."""
    def where(name):
        return subprocess.run(["gcc", f"-print-file-name={name}"], capture_output=True, text=True, check=True).stdout.strip()
    have = exported(os.path.join(t.build, "libsnarl-race.so"))
    for name in ("libc.so.6", "libm.so.6", "libstdc++.so.6", "libgcc_s.so.1", "ld-linux-x86-64.so.2"):
        path = where(name) if "/" in where(name) else f"/lib64/{name}"
        have |= exported(path) if os.path.exists(path) else set()
    apart = r"__(tsan|sanitizer|asan|sancov|isoc99)_|_Z|_?__interceptor_|(WTF)?Annotate|ThreadSanitizerQuery|xdr|crypt"
    need = {n for n in exported(where("libtsan.so")) if not re.match(apart, n)}
    t.check("a library to compare with", len(need) > 300, str(len(need)))
    t.same("functions that nobody has", "", " ".join(sorted(need - have)))
