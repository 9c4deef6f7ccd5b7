# SPDX-License-Identifier: Apache-2.0
"""Runs side by side: each has a folder of its own, and reports its own processes only."""
import glob
import os
import shutil
import signal
import time


def until(t, holds):
    ends = time.monotonic() + t.deadline
    while not holds():
        if time.monotonic() > ends:
            return False
        time.sleep(0.01)
    return True


def start_holder(t, *options):
    """A run whose program waits until it is killed; comes back when it has begun."""
    process = t.start([t.snarl, "run", "-O", "held_ms=0", *options, "--", t.program("guest", "holder")], out="ready", cwd=t.work)
    t.check("the first run has begun", until(t, lambda: "ready" in t.read("ready")))
    return process


def end_holder(t, process):
    children = f"/proc/{process.pid}/task/{process.pid}/children"
    os.kill(int(t.read(children).split()[0]), signal.SIGKILL)
    t.same("the first run's status", 128 + signal.SIGKILL, process.wait(t.deadline))


def run_order(t, *options):
    return t.run([t.snarl, "run", *options, "--", t.program("guest", "order")], cwd=t.work)


def test_default_folder(t):
    first = start_holder(t)
    result = run_order(t)
    t.same("the second run's status", 66, result.status)
    t.check("it says which folder it wrote to", "snarl report snarl.data.2" in result.err, result.err)
    t.same("the third run has the same one again", 66, run_order(t).status)
    t.same("no further folder", ["snarl.data", "snarl.data.2"],
           sorted(os.path.basename(f) for f in glob.glob(t.path("snarl.data*"))))
    end_holder(t, first)
    report = t.kept("snarl.data")
    t.same("the first run keeps its recording", 1, len(report.processes))
    t.same("and has no finding of the second's", [], report.findings)
    t.same("the folder is free again", 66, run_order(t).status)
    t.same("which is told in it", 1, len(t.kept("snarl.data").findings))


def test_named_folder(t):
    first = start_holder(t, "-o", "data")
    result = run_order(t, "-o", "data")
    t.same("a named folder that is in use: status", 2, result.status)
    t.same("a named folder that is in use: says so",
           "snarl: data: another run of snarl uses it: name another directory with -o\n", result.err)
    end_holder(t, first)


def test_stray_recording(t):
    """What a process of an earlier run leaves in the folder is not this run's."""
    run_order(t, "-o", "earlier")
    first = start_holder(t, "-o", "data")
    for recording in glob.glob(t.path("earlier", "[0-9]*.snarl")):
        shutil.copy(recording, t.path("data"))
    end_holder(t, first)
    report = t.kept("data")
    t.same("stray recording: processes", 1, len(report.processes))
    t.same("stray recording: findings", [], report.findings)
