# SPDX-License-Identifier: Apache-2.0
"""A process that is killed: the status is the shell's, and the recording tells who held what and who waited, also of
one that was only preloaded."""
import os
import signal
import time


def await_ready(t, out):
    """Until the program has said "ready" on that file."""
    ends = time.monotonic() + t.deadline
    while "ready" not in t.read(out):
        if time.monotonic() > ends:
            return False
        time.sleep(0.01)
    return True


def child_of(pid):
    """The first child of any thread of the process."""
    for task in os.listdir(f"/proc/{pid}/task"):
        with open(f"/proc/{pid}/task/{task}/children", encoding="ascii") as file:
            for child in file.read().split():
                return int(child)
    return 0


def names_both(t, name, data):
    """Whether the report's list of threads has the frames of who held and who waited."""
    threads = t.run([t.snarl, "report", "--threads", t.path(data)]).out
    t.check(f"{name}: the report names the holder's frame", "takes_it" in threads, threads)
    t.check(f"{name}: the report names the waiter's frame", "waits_here" in threads, threads)


def killed(t, number):
    name = "killed " + signal.Signals(number).name.removeprefix("SIG")
    command = [t.snarl, "run", "-o", t.path("run"), "--", t.program("guest", "holder")]
    process = t.start(command, out="ready")
    t.check(f"{name}: started", await_ready(t, "ready"))
    os.kill(child_of(process.pid), number)
    t.same(f"{name}: status", 128 + number, process.wait(t.deadline))
    names_both(t, name, "run")
    report = t.kept()
    t.same(f"{name}: no finding", [], report.findings)
    t.same(f"{name}: how it ended", {"how": "signal", "status": number}, report.processes[0].ended)


def test_kill(t):
    killed(t, signal.SIGKILL)


def test_term(t):
    killed(t, signal.SIGTERM)


def test_segv(t):
    killed(t, signal.SIGSEGV)


def test_bare(t):
    process = t.start([t.program("guest", "holder")], out="ready", LD_PRELOAD=t.shim, SNARL_OUTPUT=t.path("bare"),
                      SNARL_COMMAND=t.snarl)
    t.check("killed bare: started", await_ready(t, "ready"))
    process.kill()
    t.same("killed bare: status", -signal.SIGKILL, process.wait(t.deadline))
    names_both(t, "killed bare", "bare")


def forwarded(t, name):
    """Signals to the command are the program's.  (Not INT and HUP: a job in the background, or under nohup,
    ignores them.)"""
    script = f'trap "echo got it; exit 9" {name}; echo ready; for i in $(seq 3000); do sleep 0.05; done'
    process = t.start([t.snarl, "run", "-o", t.path("run"), "--", "sh", "-c", script], out="ready")
    t.check(f"signal {name}: started", await_ready(t, "ready"))
    process.send_signal(getattr(signal, "SIG" + name))
    t.same(f"signal {name} is forwarded", 9, process.wait(t.deadline))


def test_forwarded_term(t):
    forwarded(t, "TERM")


def test_forwarded_usr1(t):
    forwarded(t, "USR1")


def test_forwarded_usr2(t):
    forwarded(t, "USR2")
