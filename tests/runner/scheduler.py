# SPDX-License-Identifier: Apache-2.0
"""Runs jobs side by side on all cores, those that need the machine alone one after the other at the end, and
stops when the suite's time is up."""
import sys
import threading
import time
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait

from . import process
from .checks import Checks, perform

SHOW_SECONDS = 15  # between two lines of progress


class Progress:
    """A line now and then, and each failure as it comes."""

    def __init__(self, suite, total, verbose):
        self.suite, self.total, self.verbose = suite, total, verbose
        self.done = self.passed = self.failed = 0
        self.began = self.shown = time.monotonic()

    def add(self, checks):
        self.done += 1
        self.passed += len(checks.passed)
        self.failed += len(checks.failed)
        for name in checks.passed if self.verbose else ():
            print(f"ok {name}")
        for note in checks.notes:
            print(note)
        for failure in checks.failed:
            detail = failure.detail.rstrip("\n").replace("\n", "\n#     ")
            print(f"not ok {failure.name}\n#     {detail}\n#   again: make check T='{checks.job}'")
        now = time.monotonic()
        if now - self.shown > SHOW_SECONDS:
            self.shown = now
            print(f"   {self.suite}: {self.done} of {self.total} jobs, {self.passed} passed, "
                  f"{self.failed} failed, {now - self.began:.0f} s")
        sys.stdout.flush()


class Suite:
    """The jobs of one suite, and what came of them."""

    def __init__(self, name, jobs, limit, workers, verbose):
        self.name, self.jobs, self.limit, self.workers = name, jobs, limit, workers
        self.progress = Progress(name, len(jobs), verbose)
        self.results = []
        self.ends = time.monotonic() + limit

    def run(self):
        """Runs all; what had not ended when the time was up is a failure each."""
        process.allow_all()
        guard = threading.Timer(max(0.0, self.ends - time.monotonic()), process.stop_all)
        guard.daemon = True
        guard.start()
        try:
            self._side_by_side([j for j in self.jobs if not j.alone], self.workers)
            self._side_by_side([j for j in self.jobs if j.alone], 1)
        finally:
            guard.cancel()
        return self.results

    def _side_by_side(self, jobs, workers):
        with ThreadPoolExecutor(max_workers=workers) as pool:
            waiting = {pool.submit(self._perform, job) for job in jobs}
            while waiting:
                done, waiting = wait(waiting, return_when=FIRST_COMPLETED)
                for future in done:
                    checks = future.result()
                    self.results.append(checks)
                    self.progress.add(checks)

    def _perform(self, job):
        if time.monotonic() < self.ends:
            return perform(job)
        checks = Checks(job.name)
        checks.check(f"{job.name} is run", False, f"suite {self.name} took longer than {self.limit:.0f} s")
        return checks
