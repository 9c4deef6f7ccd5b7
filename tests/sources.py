# SPDX-License-Identifier: Apache-2.0
"""The sources themselves: they build with clang too, without a warning, and are formatted."""

import glob
import os
import shutil

from runner import golden

LONG = 600  # a whole build on a busy machine; it only guards against hanging


def needs(t, tool):
    """Whether the tool is there; where it is not that is said, and is a failure in continuous integration."""
    if shutil.which(tool):
        return True
    if t.strict:
        t.check(f"{tool} is installed", False, "scripts/setup check")
    else:
        t.skip(f"{tool} is not installed")
    return False


def test_clang(t):
    if not needs(t, "clang"):
        return
    # Not optimised: what clang objects to, it says before that. The flags of the make that we run under are not ours.
    result = t.run(["make", "-s", "CC=clang", f"B={t.build}/clang", "CFLAGS=-O0 -g0", "CI=true", "all"],
                   deadline=LONG, MAKEFLAGS="", MFLAGS="", MAKELEVEL="")
    t.same("builds with clang, without a word", (0, "", ""), (result.status, result.out, result.err))


def test_format(t):
    if not needs(t, "clang-format"):
        return
    # Each version has its own idea of some lines; ours is Debian 12's.
    if "version 14." not in t.run(["clang-format", "--version"]).out:
        t.skip("clang-format is not version 14")
        return
    files = [f for kind in "ch" for f in glob.glob(f"**/*.{kind}", root_dir=t.root, recursive=True)]
    files = sorted(f for f in files if not f.startswith("build" + os.sep))
    result = t.run(["clang-format", "--dry-run", "-Werror", *files], deadline=LONG)
    t.same("is formatted (clang-format -i FILE)", (0, ""), (result.status, result.err))


def test_readme(t):
    """The report that the README shows is the one that its example is tested for."""
    begin, end = "==snarl== lost-wakeup", "snarl: 1 finding"

    def report(path, prefix):
        with open(os.path.join(t.root, path), encoding="utf-8") as file:
            text = golden.filtered("".join(file))
        lines = [line.rstrip().removeprefix(prefix).strip() for line in text.splitlines()]
        first = next(i for i, line in enumerate(lines) if line.startswith(begin))
        last = next(i for i, line in enumerate(lines) if line.startswith(end))
        return lines[first:last + 1]

    t.same("README.md shows examples/lost_wakeup.c's report", report("examples/lost_wakeup.c", " *"),
           report("README.md", ""))
