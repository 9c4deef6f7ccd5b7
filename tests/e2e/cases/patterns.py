# SPDX-License-Identifier: Apache-2.0
"""Every pattern's example uses the channel library rightly, and so does the program in README.md: nothing is found in any
of them."""
import glob
import os
import re


def silent(t, program, name):
    result = t.run_snarl([program])
    t.same(f"pattern {name} status", 0, result.status)
    t.same(f"pattern {name} is silent", "", result.err)
    report = t.kept()
    t.same(f"pattern {name} findings", [], report.findings if report else "no report")


def test_patterns(t):
    for source in sorted(glob.glob(os.path.join(t.root, "examples/patterns/*.c"))):
        name = os.path.basename(source)[:-2]
        silent(t, t.program("patterns", name), name)


def test_readme(t):
    """The program in README.md, taken out of it."""
    with open(os.path.join(t.root, "README.md"), encoding="utf-8") as file:
        text = re.search(r"(?ms)^    #include <snarl_channel.h>\n.*?^    int main.*?^    }\n", file.read())
    t.check("README.md has a program", text)
    source = re.sub(r"(?m)^    ", "", text.group(0))
    program = t.compile("readme", source, "-std=gnu17", "-Iinclude", f"-L{t.build}", "-lsnarl-channel",
                        f"-Wl,-rpath,{t.build}", "-lpthread")
    silent(t, program, "readme")
