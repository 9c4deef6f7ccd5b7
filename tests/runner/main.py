# SPDX-License-Identifier: Apache-2.0
"""`tests/check [options] [SUITE…]`: runs the suites and closes with the sum over all of them."""
import argparse
import json
import os
import re
import time

from .context import ROOT, RUN_SECONDS, Context
from .machine import Machine, at_once
from .scheduler import Suite
from .suites import SUITES

SLOWEST_SHOWN = 10


def _arguments():
    parser = argparse.ArgumentParser(prog="tests/check", description="Runs the tests; `make check` builds first.")
    parser.add_argument("suites", nargs="*", default=list(SUITES), metavar="SUITE", help=", ".join(SUITES))
    parser.add_argument("-t", metavar="PATTERN", default=os.environ.get("T", ""),
                        help="only jobs in whose name this regular expression is found (also T=)")
    parser.add_argument("-j", type=int, default=int(os.environ.get("JOBS") or at_once()), help="jobs at a time")
    parser.add_argument("-v", action="store_true", default=bool(os.environ.get("V")),
                        help="show each check (also V=1)")
    parser.add_argument("--list", action="store_true", help="name the jobs and run none")
    arguments = parser.parse_args()
    unknown = [s for s in arguments.suites if s not in SUITES]
    if unknown:
        parser.error(f"no such suite: {' '.join(unknown)} (there are: {', '.join(SUITES)})")
    return arguments


class Times:
    """How long each job took last time: the longest begin first, so that none is left over at the end."""

    def __init__(self, build):
        self.path = os.path.join(build, "check-times.json")
        try:
            with open(self.path, encoding="utf-8") as file:
                self.seconds = json.load(file)
        except (OSError, ValueError):
            self.seconds = {}

    def order(self, jobs):
        return sorted(jobs, key=lambda job: -self.seconds.get(job.name, 1e9))

    def keep(self, results):
        self.seconds.update({r.job: round(r.seconds, 3) for r in results})
        with open(self.path, "w", encoding="utf-8") as file:
            json.dump(self.seconds, file, indent=0, sort_keys=True)


def _run_suite(name, context, machine, times, arguments):
    """The results of one suite; prints its summary."""
    make_jobs, limit = SUITES[name]
    jobs = [job for job in make_jobs(context) if re.search(arguments.t, job.name)]
    if arguments.list:
        print("\n".join(job.name for job in jobs))
        return []
    if not jobs:
        return []
    print(f"== {name}", flush=True)
    began = time.monotonic()
    results = Suite(name, times.order(jobs), limit * machine.factor, arguments.j, arguments.v).run()
    times.keep(results)
    passed, failed = sum(len(r.passed) for r in results), sum(len(r.failed) for r in results)
    print(f"== {name}: {passed} passed, {failed} failed, {time.monotonic() - began:.0f} s", flush=True)
    return results


def _close(results):
    """The slowest, what could not be tried, what failed, and the sum."""
    print("The slowest:")
    for r in sorted(results, key=lambda r: -r.seconds)[:SLOWEST_SHOWN]:
        print(f"  {r.seconds:6.1f} s  {r.job}")
    skipped = [name for r in results for name in r.skipped]
    if skipped:
        print(f"{len(skipped)} skipped:")
        print("".join(f"  {name}\n" for name in skipped), end="")
    failed = [(r.job, f.name) for r in results for f in r.failed]
    if failed:
        print("Failed:")
        print("".join(f"  {name}   (make check T='{job}')\n" for job, name in failed), end="")
    passed = sum(len(r.passed) for r in results)
    print(f"{passed} passed, {len(failed)} failed")
    return 0 if passed and not failed else 1


def main():
    arguments = _arguments()
    build = os.path.abspath(os.environ.get("B") or os.path.join(ROOT, "build"))
    machine = Machine()
    context = Context(build, RUN_SECONDS * machine.factor, bool(os.environ.get("UPDATE")),
                      bool(os.environ.get("CI")))
    times = Times(build)
    if not arguments.list:
        print(machine, flush=True)
    results = []
    for name in arguments.suites:
        results += _run_suite(name, context, machine, times, arguments)
    if arguments.list:
        return 0
    if not results:
        print(f"no job has '{arguments.t}' in its name\n0 passed, 1 failed")
        return 1
    return _close(results)
