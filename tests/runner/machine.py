# SPDX-License-Identifier: Apache-2.0
"""How slow this machine is right now: limits that only guard against hanging follow from it.

Two things are measured, each for a few hundredths of a second: starting a process, which costs 1 ms on one
machine and 15 ms on another, and a busy loop, which tells a slow processor and busy neighbours."""
import os
import subprocess
import time

# What the limits were chosen for: an idle machine that starts a process in 3 ms.
START_SECONDS = 0.003
LOOP_SECONDS = 0.010
LOOPS = 200_000
SLOWEST = 6.0  # a machine slower than this is broken, not slow


def cores():
    return len(os.sched_getaffinity(0))


def at_once():
    """How many jobs run at a time: some more than there are cores, since many programs that are tested sleep."""
    return cores() + (cores() + 1) // 2


def _start_cost():
    times = []
    for _ in range(15):
        began = time.monotonic()
        subprocess.run(["/bin/true"], check=False)
        times.append(time.monotonic() - began)
    return sorted(times)[len(times) // 2]


def _loop_cost():
    times = []
    for _ in range(5):
        began = time.monotonic()
        total = 0
        for i in range(LOOPS):
            total += i
        times.append(time.monotonic() - began)
    return sorted(times)[len(times) // 2]


class Machine:
    """The measured costs, and the factor by which all limits are stretched."""

    def __init__(self):
        self.start = _start_cost()
        self.loop = _loop_cost()
        self.factor = min(SLOWEST, max(1.0, self.start / START_SECONDS, self.loop / LOOP_SECONDS))

    def __str__(self):
        return (f"{cores()} cores, a process starts in {self.start * 1000:.1f} ms, "
                f"limits stretched {self.factor:.1f} times")
