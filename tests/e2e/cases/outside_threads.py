# SPDX-License-Identifier: Apache-2.0
"""What each thread does of a program that hangs, is asked about, or is told to stop: also of those that the library
does not know to wait."""
import os
import re
import signal
import time


def all_there(t, name, text, computes=" computes  "):
    t.check(f"{name}: main waits", "waits for T2 (rests) to end" in text, text)
    t.check(f"{name}: a thread in a system call", "in pause" in text and "  rests  " in text, text)
    t.check(f"{name}: one in a futex of its own", "waits for futex 'word' (F1)" in text or "in futex" in text, text)
    t.check(f"{name}: one that computes", computes in text, text)


def show(t, *paths):
    return t.run([t.snarl, "report", *paths]).out


def start(t):
    """The program under `snarl run`, when its threads are where they stay."""
    ends = time.monotonic() + t.deadline
    process = t.start([t.snarl, "run", "-o", t.path("run"), "--", t.program("cases", "outside_rest")])
    text = ""
    while ("in pause" not in text or "waits for futex" not in text or "not begun" in text) and time.monotonic() < ends:
        text = show(t, t.path("run")) if "ready" in t.read("started.out") else ""
    return process, text


def test_time_out(t):
    ran = t.run_snarl([t.program("cases", "outside_rest")], options=["--timeout", "3s"])
    t.same("the status", 124, ran.status)
    all_there(t, "at the time-out", ran.err)
    later = show(t, t.path("run"))
    all_there(t, "later", later)
    t.check("how it ended is known later", "was killed because its time was up" in later, later)


def test_living(t):
    process, text = start(t)
    all_there(t, "while it lives", text)
    t.check("it goes on", process.poll() is None)


def test_told_to_stop(t):
    process, _ = start(t)
    os.kill(process.pid, signal.SIGTERM)
    t.same("the status", 128 + signal.SIGTERM, process.wait(t.deadline))
    all_there(t, "when it was told to stop", t.read("started.err"))


def test_terminal_stops(t):
    """The terminal signals all at once: what was seen last must do."""
    process, _ = start(t)
    with open(f"/proc/{process.pid}/task/{process.pid}/children", encoding="ascii") as file:
        child = int(file.read().split()[0])
    ends = time.monotonic() + t.deadline
    while not os.path.exists(t.path("run", f"{child}.snarl.seen")) and time.monotonic() < ends:
        time.sleep(0.01)
    os.kill(child, signal.SIGINT)
    os.kill(process.pid, signal.SIGINT)
    t.same("the status", 128 + signal.SIGINT, process.wait(t.deadline))
    all_there(t, "after Ctrl-C", t.read("started.err"), computes="T4 (computes)")


def test_frame_pointer(t):
    """Code without unwind tables, where every register is known."""
    ran = t.run_snarl([t.program("cases", "outside_pointer")], options=["--timeout", "2s"])
    t.same("the status", 124, ran.status)
    t.check("by the frame pointer", re.search(r"#0  innermost .*\n.*\n +#1  rests ", ran.err), ran.err)
    t.check("only where it verifies", ran.err.count(" misled  in ") == 1 and "never_called" not in ran.err, ran.err)
    handler = r"#1  on_signal .*\n +#2  <signal handler called>\n(.*\n)+? +#\d  is_interrupted "
    t.check("through a signal handler", re.search(handler, ran.err), ran.err)
