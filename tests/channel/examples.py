# SPDX-License-Identifier: Apache-2.0
"""Each examples/patterns/*.c, compiled with the public headers only as a program of a user would be, is run bare, and once
more built with AddressSanitizer, which looks for leaks: status 0, nothing on standard error, and on standard output
exactly what its opening comment ends with (the lines that begin with " *<tab>")."""
import glob
import os
import re


def expected(source):
    """What the example says that it prints."""
    with open(source, encoding="utf-8") as file:
        comment = file.read().partition("*/")[0] + "*/"
    lines = re.findall(r"(?m)^ \*\t(.*)$", comment)
    return "".join(re.sub(r" \*/$", "", line) + "\n" for line in lines)


def check_all(t, kind, build):
    for source in sorted(glob.glob(os.path.join(t.root, "examples/patterns/*.c"))):
        name = os.path.basename(source)[:-2]
        result = t.run([os.path.join(build, "e2e/patterns", name)], deadline=2 * t.deadline)
        t.same(f"example {name} ({kind})", (expected(source), "", 0), (result.out, result.err, result.status))


def test_bare(t):
    check_all(t, "bare", t.build)


def test_asan(t):
    check_all(t, "asan", os.path.join(t.build, "asan"))
