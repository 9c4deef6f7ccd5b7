# SPDX-License-Identifier: Apache-2.0
"""Static and setuid programs ignore a preload: the command says so, and passes their status on."""
import os
import re
import shutil

SMALL = "int main(void)\n{\n\treturn 6;\n}\n"


def test_static(t):
    static = t.compile("static", SMALL, "-static")
    result = t.run_snarl([static])
    t.same("static program: status", 6, result.status)
    t.check("static program: says that it was not watched", "static" in result.err.lower(), result.err)
    # A shell script that starts it: its own process is watched, and nothing fails.
    script = t.write("script", '#!/bin/sh\n"$1"\nexit 3\n')
    os.chmod(script, 0o755)
    t.same("script with a static child: status", 3, t.run_snarl([script, static]).status)


def test_setuid(t):
    if os.getuid():
        t.skip("setuid program: not root")
        return
    program = t.compile("setuid", SMALL)
    shutil.chown(program, "nobody")
    os.chmod(program, 0o4755)
    result = t.run_snarl([program])
    t.same("setuid program: status", 6, result.status)
    t.check("setuid program: says that it was not watched", re.search("setuid|set-user", result.err, re.I),
            result.err)


def test_not_a_program(t):
    t.same("no such program: status", 127, t.run_snarl([t.path("no-such-program")]).status)
    t.same("not executable: status", 126, t.run_snarl([t.write("small.c", SMALL)]).status)
