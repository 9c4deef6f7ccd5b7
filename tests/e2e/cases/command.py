# SPDX-License-Identifier: Apache-2.0
"""What the command says of itself, and what it makes of its options."""
import os


def test_version(t):
    with open(t.root + "/VERSION", encoding="ascii") as file:
        version = file.read().strip()
    t.same("snarl --version", f"snarl {version}\n", t.run([t.snarl, "--version"]).out)


def test_formats_add_up(t):
    for options, wanted in ((["-f", "json"], ["report.json"]),
                            (["-f", "json", "-f", "text"], ["report.json", "report.txt"])):
        folder = t.path("formats-" + str(len(options)))
        t.run([t.snarl, "run", "--quiet", "-o", folder, *options, "--", t.build + "/e2e/cases/inversion_2", "normal"])
        t.same(" ".join(options), wanted, sorted(f for f in os.listdir(folder) if f.startswith("report.")))


def test_environment_is_listed(t):
    out = t.run([t.snarl, "help", "environment"]).out
    for name in ("SNARL_OPTIONS", "SNARL_OUTPUT", "SNARL_COMMAND", "SNARL_LIBRARY", "SNARL_RUN"):
        t.check(name, f"    {name} " in out, out)


def test_dump(t):
    t.run_snarl([t.build + "/e2e/cases/inversion_2", "normal"])
    file = next(os.path.join(t.path("run"), f) for f in os.listdir(t.path("run")) if f.endswith(".snarl") and f != ".snarl")
    lines = t.run([t.snarl, "dump", file]).out.splitlines()
    t.check("the header", lines[0].startswith('header magic="SNARLREC" version='), lines[0])
    for text in ('thread 1 state=', ' name="inversion_2"', "dep 1 thread=", "frame 1 "):
        t.check(f"somewhere: {text}", any(text in line for line in lines),
                "\n".join(lines)[:4000])
    only = t.run([t.snarl, "dump", file, "lock"]).out.splitlines()
    t.check("one table", only and all(line.startswith("lock ") for line in only), only)
    wrong = t.run([t.snarl, "dump", file, "nonsense"])
    t.check("a table that is none", wrong.status == 2 and "no table 'nonsense'" in wrong.err, wrong.err)
    wrong = t.run([t.snarl, "dump", "/dev/null"])
    t.check("a file that is none", wrong.status == 2 and "not a regular file" in wrong.err, wrong.err)
