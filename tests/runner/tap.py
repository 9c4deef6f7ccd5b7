# SPDX-License-Identifier: Apache-2.0
"""Programs that tell their tests in TAP lines (cmocka's)."""
import os
import re

from . import process
from .checks import Job
from .context import ROOT, environment, work_folder

_LINE = re.compile(r"^(not )?ok (?:\d+ )?-? ?(.*)$")


def read(checks, name, result):
    """Counts the lines; a bad status without a failed test is a failure, as is no test at all."""
    bad = 0
    for line in result.out.splitlines() + result.err.splitlines():
        match = _LINE.match(line)
        if not match:
            continue
        if match.group(1) and "# SKIP" in line:
            checks.skip(f"{name}: {match.group(2)}")
        else:
            bad += match.group(1) is not None
            checks.check(f"{name}: {match.group(2)}", not match.group(1), f"{result.out}\n{result.err}"[-6000:])
    if result.status and not bad:
        checks.check(f"{name}: its status", False, f"ended with status {result.status}\n{result.err[-4000:]}")


def job(context, name, command, alone=False, **env):
    """A job that runs one such program."""
    def work(checks):
        if not os.access(command[-1], os.X_OK):
            checks.check(f"{name} is built", False, f"{command[-1]} is not there")
            return
        with work_folder("unit") as folder:
            result = process.run(command, environment(CMOCKA_MESSAGE_OUTPUT="TAP", **env), folder,
                                 5 * context.deadline, cwd=ROOT)
        read(checks, name, result)

    return Job(name, work, alone)
