# SPDX-License-Identifier: Apache-2.0
"""Checks and the jobs that make them."""
import time
import traceback
from dataclasses import dataclass, field
from typing import Callable


@dataclass
class Job:
    """A piece of work that makes checks.  A job that is `alone` has the machine to itself."""
    name: str
    work: Callable  # is given a Checks
    alone: bool = False


@dataclass
class Failure:
    name: str
    detail: str


@dataclass
class Checks:
    """What one job found: the names of the checks that passed, those that failed with the reason,
    and what could not be tried here."""
    job: str
    passed: list = field(default_factory=list)
    failed: list = field(default_factory=list)
    skipped: list = field(default_factory=list)
    notes: list = field(default_factory=list)
    seconds: float = 0.0

    def check(self, name, holds, detail=""):
        """One check: holds or not, with what a reader wants to know when not."""
        if holds:
            self.passed.append(name)
        else:
            self.failed.append(Failure(name, detail))
        return bool(holds)

    def same(self, name, expected, got):
        """One check: the two are equal."""
        detail = f"expected: {expected}\ngot: {got}"
        return self.check(name, expected == got, detail)

    def skip(self, name):
        """What cannot be tried on this machine, by name."""
        self.skipped.append(name)


def perform(job):
    """Does the job; whatever it raises is a failed check."""
    checks = Checks(job.name)
    began = time.monotonic()
    try:
        job.work(checks)
    except Exception:  # the runner goes on with the next job
        checks.check(f"{job.name} comes to its end", False, traceback.format_exc())
    checks.seconds = time.monotonic() - began
    if not checks.passed and not checks.failed and not checks.skipped:
        checks.check(f"{job.name} checks something", False, "the job made no check at all")
    return checks
