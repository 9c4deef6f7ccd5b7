# SPDX-License-Identifier: Apache-2.0
"""A run of very many processes: its folder stays small, nothing that was found is lost, and the report says what went."""
import glob
import os
import time

KEEP = 4


def recordings(t, data="run"):
    return len(glob.glob(t.path(data, "[0-9]*.snarl")))


def run(t, script, **more):
    options = ("-O", f"keep={KEEP}")
    return t.run_snarl(["sh", "-c", script, t.program("guest", "short_process")], options=options, **more)


def loop(times, what=""):
    return f"i=0; while [ $i -lt {times} ]; do \"$0\" {what}; i=$((i+1)); done; "


def test_nothing_to_tell(t):
    result = run(t, loop(30) + "exit 3")
    t.same("30 processes with nothing to tell: status and words", (3, ""), (result.status, result.err))
    t.same("the program's recording and the newest stay", 1 + KEEP, recordings(t))
    t.same("what went is counted", 30 - KEEP, t.kept().unrecorded.dropped)
    t.same("none of them had a finding", None, t.kept().unrecorded.dropped_repeats)
    line = f"note: {30 - KEEP} recordings of ended processes were removed"
    t.check("in the text, too", line in t.read("run/report.txt"), t.read("run/report.txt"))
    t.same("and in a later report", 30 - KEEP, t.report().unrecorded.dropped)


def test_findings_stay(t):
    result = run(t, loop(3) + loop(3, "one") + loop(10) + loop(3, "two") + loop(10, "one"))
    found = [f for f in t.kept().findings if f.kind == "lock-order-inversion"]
    t.same("the run fails", 66, result.status)
    t.same("both findings are told", 2, len(found))
    t.same("of each one recording stays beside the newest", 1 + 2 + KEEP, recordings(t))
    t.same("the others were counted", (29 - 2 - KEEP, True),
           (t.kept().unrecorded.dropped, 0 < t.kept().unrecorded.dropped_repeats < 15))


def test_images(t):
    result = t.run_snarl([t.program("guest", "short_process"), "exec", "20"], options=("-O", f"keep={KEEP}"))
    t.same("a program that becomes itself 20 times: status and words", (0, ""), (result.status, result.err))
    t.same("its last image and the newest stay", 1 + KEEP, recordings(t))
    t.same("it ended as it did", ["exit"], [p.ended.how for p in t.kept().processes if p.ended.how != "exec"])


def test_shared(t):
    run(t, loop(3, "shared") + loop(12))
    t.same("those that ended with a shared lock stay beside the others", 1 + 3 + KEEP, recordings(t))


def test_bytes(t):
    script = ["sh", "-c", loop(60), t.program("guest", "short_process")]
    t.run_snarl(script, options=("-O", "keep_mib=1"))
    left = sum(os.stat(f).st_blocks * 512 for f in glob.glob(t.path("run", "[0-9]*.snarl")))
    t.check("one MiB at most, and the program's", left < 1.5 * 2**20, f"{left} bytes")
    t.run_snarl(script, data="all", options=("-O", "keep=1000:keep_mib=1000"))
    t.same("where there is room all stay", (61, None), (recordings(t, "all"), t.kept("all").unrecorded.dropped))


def test_while_it_runs(t):
    folder = t.path("run")
    count = f"set -- {folder}/[0-9]*.snarl; "
    result = run(t, loop(30) + count + f"while [ $# -gt {KEEP + 1} ]; do sleep 0.05; {count} done; echo $#")
    t.same("it gets small while the program runs", (0, f"{KEEP + 1}\n"), (result.status, result.out))


def test_killed_run(t):
    """The command is killed: what it has removed it has said before."""
    done = t.path("done")
    script = loop(30) + f"touch {done}; sleep 1000"
    run_it = t.start([t.snarl, "run", "-o", t.path("run"), "-O", f"keep={KEEP}", "--", "sh", "-c", script,
                      t.program("guest", "short_process")])
    end = time.monotonic() + 60
    while (not os.path.exists(done) or recordings(t) > KEEP + 2) and time.monotonic() < end:
        time.sleep(0.02)
    run_it.kill()
    run_it.wait()
    t.same("a later report says what went", 30 - KEEP, t.report().unrecorded.dropped)


def test_next_run(t):
    run(t, loop(12))
    run(t, loop(2))
    t.same("the next run in the folder has lost nothing", None, t.report().unrecorded.dropped)
