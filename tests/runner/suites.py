# SPDX-License-Identifier: Apache-2.0
"""The suites: which jobs each has, and how long it may take on a fast machine (machine.py stretches that)."""
import glob
import os

from . import script, tap
from .case import Case
from .context import ROOT

CHANNEL_BUILDS = ("plain", "asan", "ubsan", "tsan")


def _sources(*patterns):
    found = [f for p in patterns for f in sorted(glob.glob(p, root_dir=ROOT))]
    return [f for f in found if not f.endswith(".so.c")]


def _programs(context, folder, build):
    return [(os.path.basename(f)[len("test_"):-2], os.path.join(build, f[:-2]))
            for f in _sources(f"tests/{folder}/test_*.c")]


def layers(context):
    return script.jobs(context, "tests/layers.py")


def sources(context):
    return script.jobs(context, "tests/sources.py")


def unit(context):
    return [tap.job(context, f"unit {name}", [program])
            for name, program in _programs(context, "unit", context.build)]


def instructions(context):
    return script.jobs(context, "tests/instructions/instructions.py")


def _channel_job(context, kind, name, program):
    # ThreadSanitizer of older compilers does not know how much today's kernels scatter addresses.
    still = ["setarch", "-R"] if kind == "tsan" and os.access("/usr/bin/setarch", os.X_OK) else []
    return tap.job(context, f"channel {kind} {name}", [*still, program],
                   SNARL_STRESS_OPERATIONS=10_000_000 if kind == "plain" else 1_000_000,
                   ASAN_OPTIONS="detect_stack_use_after_return=1:abort_on_error=1",
                   UBSAN_OPTIONS="print_stacktrace=1",
                   TSAN_OPTIONS="halt_on_error=1:second_deadlock_stack=1")


def channel(context):
    jobs = []
    for kind in CHANNEL_BUILDS:
        build = context.build if kind == "plain" else os.path.join(context.build, kind)
        jobs += [_channel_job(context, kind, name, program)
                 for name, program in _programs(context, "channel", build)]
    for path in _sources("tests/channel/*.py"):
        jobs += script.jobs(context, path)
    return jobs


def e2e(context):
    jobs = []
    for path in _sources("tests/e2e/cases/*.py", "tests/guest/*.py"):
        jobs += script.jobs(context, path)
    for source in _sources("tests/e2e/cases/*.c", "tests/e2e/cases/*.cc", "tests/guest/*.c", "tests/guest/*.cc",
                           "tests/kernels/*.c", "examples/*.c", "examples/channel/*.c"):
        jobs += Case(context, source).jobs()
    return jobs


def real(context):
    jobs = []
    for path in _sources("tests/real/real_*.py"):
        jobs += script.jobs(context, path)
    return jobs


# Name: its jobs, and the seconds that it may take on a fast machine.
SUITES = {
    "layers": (layers, 60),
    "sources": (sources, 300),
    "unit": (unit, 300),
    "instructions": (instructions, 300),
    "channel": (channel, 600),
    "e2e": (e2e, 1200),
    "real": (real, 600),
}
