# SPDX-License-Identifier: Apache-2.0
"""What the tests of real programs share: a program runs bare and under `snarl run`, must print and end the same, and must give
no finding that is confirmed or predicted, but for those of known.txt."""
import os
import random
import shutil
import socket
import subprocess
import time


def want(t, *programs, optional=False):
    """Whether all are there; where not, a failure in CI and a skipped test elsewhere (or where they are optional)."""
    missing = [p for p in programs if not shutil.which(p)]
    for program in missing:
        if t.strict and not optional:
            t.check(f"{program} is installed", False, "scripts/setup check installs it")
        else:
            t.skip(f"{program}: not installed")
    return not missing


def _known(t, name, finding):
    with open(os.path.join(t.root, "tests/real/known.txt"), encoding="utf-8") as file:
        for line in file:
            words = line.rstrip("\n").split(" ", 2)
            if not line.startswith("#") and words[:2] == [name, finding.kind] and words[2] in finding.message:
                return True
    return False


def _covers(report, program):
    for process in report.processes:
        for path in (process.exe, *(process.arguments or [])[:1]):
            if os.path.basename(path or "").startswith(program):
                return True
    return False


def silent(t, name, program):
    """The report covers the program, and nothing in it is confirmed or predicted."""
    report = t.kept(name + ".data")
    if not report or report.schema != "snarl-report/1" or not _covers(report, program):
        t.check(f"{name}: a report that covers {program}", False, str(report)[:2000])
        return
    found = [f"{f.verdict} {f.kind}: {f.message}" for f in report.findings
             if f.verdict in ("confirmed", "predicted") and not _known(t, name, f)]
    t.same(f"{name}: nothing found", "", "\n".join(found))
    if report.unrecorded:
        t.note(f"   {name}: unrecorded: " + ", ".join(f"{k} {v}" for k, v in report.unrecorded.items() if v))


def snarl(t, name, command):
    """The command line that runs the command under snarl, its data in NAME.data."""
    return [t.snarl, "run", "--quiet", "--fail-on", "never", "-f", "json", "-o", t.path(name + ".data"), "--",
            *map(str, command)]


def same(t, name, program, command, env=None, shown=None):
    """Output, errors and status are the same bare and under snarl, and it is silent.  `program` is what the command runs
    in the end; `shown` takes from the output what can be compared."""
    env, shown = env or {}, shown or (lambda out: out)
    bare = t.run(command, cwd=t.work, deadline=3 * t.deadline, name=name + ".bare", **env)
    got = t.run(snarl(t, name, command), cwd=t.work, deadline=4 * t.deadline, name=name, **env)
    t.same(f"{name}: same output and status", (bare.status, bare.err, shown(bare.out)),
           (got.status, got.err, shown(got.out)))
    t.check(f"{name}: the program itself worked", bare.status == 0, bare.err)
    silent(t, name, program)


def data(t):
    """About 12 MB that compresses, and is the same on every machine."""
    path = t.path("data")
    if not os.path.exists(path):
        numbers = random.Random(1)
        with open(path, "w", encoding="ascii") as file:
            for i in range(300_000):
                file.write(f"{i} {numbers.randrange(1 << 31)} the quick brown fox {i % 97}\n")
    return path


def _free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def _answers(port):
    with socket.socket() as s:
        s.settimeout(1)
        return s.connect_ex(("127.0.0.1", port)) == 0


def _start(t, port, command, env):
    """The server, once it answers; None with a failed check when it does not."""
    server = t.start(command, out="server.out", err="server.err", cwd=t.work, **env)
    ends = time.monotonic() + t.deadline
    while not _answers(port):
        if server.poll() is not None or time.monotonic() > ends:
            return None
        time.sleep(0.02)
    return server


def _stop(server, deadline):
    """Ends the server by SIGTERM; its status, or None when it did not end on that."""
    server.terminate()
    try:
        return server.wait(deadline)
    except subprocess.TimeoutExpired:
        return None


def serve(t, name, program, command, load, env=None):
    """`load(port)` gives the same text for a bare server and for one under snarl, both end alike on SIGTERM, and it is
    silent.  `command(port)` is the server's command line."""
    seen = []
    for wrap in (lambda c: c, lambda c: snarl(t, name, c)):
        port = _free_port()
        server = _start(t, port, wrap(command(port)), env or {})
        if not server:
            t.check(f"{name}: the server answers", False, t.read("server.out") + t.read("server.err"))
            return
        answer = load(port)
        seen.append((answer, _stop(server, t.deadline)))
    t.same(f"{name}: same answers and status", *seen)
    silent(t, name, program)
