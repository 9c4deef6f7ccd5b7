# SPDX-License-Identifier: Apache-2.0
"""Bare preloads: what the library prints itself where the command cannot be run, and what a crash leaves for
`snarl report` to find."""
import glob
import re


def order(t, *arguments, **env):
    """Runs guest/order bare, its recordings where they go by default: below TMPDIR."""
    return t.run([t.program("guest", "order"), *arguments], cwd=t.work, TMPDIR=t.work, LD_PRELOAD=t.shim, **env)


def test_no_command(t):
    result = order(t, SNARL_COMMAND="/nonexistent")
    t.same("no command: status", 66, result.status)
    t.check("no command: names the kind", "lock-order-inversion (predicted)" in result.err, result.err)
    t.check("no command: stacks are module and offset",
            re.search(r"#0 +.*/order\+0x[0-9a-f]+$", result.err, re.M), result.err)
    t.check("no command: says where the recording is", f"snarl report {t.work}/snarl-" in result.err, result.err)


def test_command_found(t):
    result = order(t)
    t.same("bare: status", 66, result.status)
    t.check("bare: names the function", "backward" in result.err, result.err)
    t.same("bare: nothing is left behind", [], glob.glob(t.path("snarl-*", "*.snarl")))


def test_crash(t):
    command = ["sh", "-c", 'ulimit -c 0; exec "$@"', "-", t.program("guest", "order"), "crash"]
    t.run(command, cwd=t.work, TMPDIR=t.work, LD_PRELOAD=t.shim)
    result = t.run([t.snarl, "report"], cwd=t.work, TMPDIR=t.work)
    t.same("crash: status of the report", 66, result.status)
    t.check("crash: the report has the inversion", "lock-order-inversion (predicted)" in result.out, result.out)
