# SPDX-License-Identifier: Apache-2.0
"""snarl.h where libsnarl.so is linked instead of preloaded, in code that cannot be moved, in C++; and what the report says
of what a program declares."""
import json
import os

FLAGS = ["-std=gnu17", "-D_GNU_SOURCE", "-Itests/e2e", "-Iinclude", "-pthread"]


def test_reason_is_shown(t):
    t.run_snarl([t.program("cases", "said_ordered"), "said"], options=["--show-refuted"])
    found = [f for f in t.report(SNARL_OPTIONS="show_refuted=1").findings if f.reason == "declared-ordered"]
    t.same("the program's reason", ["the second thread starts when the first is done"], [f.declared for f in found])


def linked(t):
    return ["-L" + t.build, "-lsnarl", "-Wl,-rpath," + t.build]


def check_expect(t, program, **env):
    """Works as under `snarl run`: one that meets its expectation is silent, one that does not fails."""
    env = {"SNARL_OUTPUT": t.path("bare"), "SNARL_COMMAND": t.snarl, **env}
    met, unmet = (t.run([program, word], **env) for word in ("met", "unmet"))
    t.same("met", (0, "0\n", ""), (met.status, met.out, met.err))
    t.same("unmet", (66, "1\n"), (unmet.status, unmet.out))
    t.check("unmet is told", "expected-not-found" in unmet.err, unmet.err)


def test_linked(t):
    check_expect(t, t.compile("linked", "tests/e2e/cases/said_expect.c", *FLAGS, *linked(t)))


def test_not_movable(t):
    program = t.compile("fixed", "tests/e2e/cases/said_expect.c", *FLAGS, "-fno-pie", "-no-pie", "-ldl")
    check_expect(t, program, LD_PRELOAD=t.shim)
    alone = t.run([program, "met"])
    t.same("without the detector", (0, "0\n", ""), (alone.status, alone.out, alone.err))


def test_not_movable_linked(t):
    check_expect(t, t.compile("fixed", "tests/e2e/cases/said_expect.c", *FLAGS, "-fno-pie", "-no-pie", *linked(t), "-ldl"))


def test_by_pkg_config(t):
    """What is installed is enough, with the flags that it names itself."""
    result = t.run(["make", "-s", "install", "PREFIX=" + t.path("there"), "B=" + os.path.relpath(t.build)])
    t.same("installed", 0, result.status)
    names = ["--cflags", "--libs", "snarl"]
    flags = t.run(["pkg-config", *names], PKG_CONFIG_PATH=t.path("there/lib/pkgconfig")).out.split()
    program = t.compile("installed", "tests/e2e/cases/said_expect.c", "-std=gnu17", "-D_GNU_SOURCE", "-Itests/e2e", "-pthread",
                        *flags, "-Wl,-rpath," + t.path("there/lib"))
    check_expect(t, program)


def test_baseline(t):
    """What an earlier report has fails no more; what it has not does."""
    program = t.program("cases", "said_expect")
    t.same("fails at first", 66, t.run_snarl([program, "pattern"], data="first").status)
    known = ["--baseline", t.path("first", "report.json")]
    again = t.run_snarl([program, "pattern"], data="again", options=known)
    t.same("what is known passes", (0, ""), (again.status, again.err))
    t.same("and is counted", (0, 2), (len(t.kept("again").findings), t.kept("again").summary.suppressed))
    new = t.run_snarl([t.program("cases", "said_levels"), "level"], data="new", options=known)
    t.same("what is new fails", 66, new.status)
    bad = t.run_snarl([program, "kind"], data="bad", options=["--baseline", t.write("no.json", "[]")])
    t.same("what is no report", 2, bad.status)
    t.check("is said to be none", "is no JSON report" in bad.err, bad.err)


def test_baseline_beside(t):
    """Of two bugs in the same functions one is known: the other one fails, whichever of them came first."""
    program = t.program("cases", "folded")
    t.run_snarl([program, "plain"], data="first")
    for n, known in enumerate(t.kept("first").findings):
        path = t.write(f"known{n}.json", t.read("first/report.json"))
        with open(path, encoding="utf-8") as file:
            report = json.load(file)
        report["findings"] = [f for f in report["findings"] if f["id"] == known.id]
        t.write(f"known{n}.json", json.dumps(report))
        now = t.run_snarl([program, "plain"], data=f"now{n}", options=["--baseline", path])
        t.same(f"the one beside {n} fails", (66, 1, 1), (now.status, len(t.kept(f"now{n}").findings),
                                                       t.kept(f"now{n}").summary.suppressed))


def test_unused_suppressions(t):
    """A line of the suppressions that leaves nothing out is named."""
    case = t.program("cases", "said_expect")
    rules = t.write("rules", "# old\nsignal:nobody\nlock-order-inversion:forwards\n")
    t.run_snarl([case, "kind"], options=["--suppressions", rules])
    text = t.run([t.snarl, "report", "--suppressions", rules, t.path("run")]).out
    t.check("an unused line is named", "note: the suppression 'signal:nobody' fits nothing here" in text, text)
    t.check("a used one is not", "'lock-order-inversion:forwards' fits" not in text, text)
