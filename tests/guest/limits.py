# SPDX-License-Identifier: Apache-2.0
"""Limits on files, memory, descriptors and stack, a full disk, a folder that cannot be written: the program runs as
by itself; what was not recorded is counted, or one line says that nothing was."""
import os

DONE = ("done\n", 7)


def grows(t):
    return t.program("guest", "recording_grows")


def limited(t, name, limit, program=None):
    """Stdout and status under this limit, alone and with the detector."""
    under = ["sh", "-c", f'ulimit -S {limit}; exec "$@"', "-"]
    program = program or [grows(t)]
    own = t.run([*under, *program])
    bare = t.run([*under, "env", f"LD_PRELOAD={t.shim}", *program], SNARL_OUTPUT=t.path("bare"),
                 SNARL_COMMAND=t.snarl)
    t.same(f"{name} (preloaded)", (own.out, own.status), (bare.out, bare.status))
    run = t.run([*under, t.snarl, "run", "-o", t.path("run"), "--", *program])
    t.same(f"{name} (run)", (own.out, own.status), (run.out, run.status))


def test_files(t):
    limited(t, "no limit", "-c 0")
    limited(t, "file size 0", "-f 0")
    limited(t, "file size 64 KiB", "-f 128")
    limited(t, "file size 1 MiB", "-f 2048")
    t.check("file size: the report counts what was not recorded", sum(t.kept().unrecorded.values()) > 0)


def test_cut_short(t):
    """A recording that cannot grow any more, without a finding: that is told, once, and why."""
    for limit, options, why in (("-f 1024", "", "limit on file sizes"), ("-f unlimited", "max_recording=1", "its own limit")):
        result = t.run(["sh", "-c", f'ulimit -S {limit}; exec "$@"', "-", "env", f"LD_PRELOAD={t.shim}", grows(t)],
                       SNARL_OUTPUT=t.path("bare"), SNARL_COMMAND=t.snarl, SNARL_OPTIONS=options)
        t.same(f"cut short by {why}", DONE, (result.out, result.status))
        t.same(f"cut short by {why}: told once", 1, result.err.count("could not grow"))
        t.check(f"cut short by {why}: why", why in result.err and "disk" not in result.err.replace("or the disk is full", ""),
                result.err)


def test_descriptors(t):
    limited(t, "16 descriptors", "-n 16")
    limited(t, "5 descriptors", "-n 5")


def test_memory(t):
    limited(t, "8 MiB of stack", "-s 8192")
    limited(t, "unlimited stack", "-s unlimited")
    limited(t, "address space 3 GiB", "-v 3000000")
    limited(t, "address space 200 MiB", "-v 200000")
    limited(t, "address space 40 MiB", "-v 40000")
    limited(t, "locked memory 0", "-l 0")


def test_address_space(t):
    """The program has use for nearly all of it."""
    for limit, use in ((6000, 5500), (2000, 1800), (800, 700), (200, 150), (60, 30)):
        limited(t, f"{use} of {limit} MiB", f"-v {limit * 1024}", [t.program("guest", "address_limit"), str(use)])


def test_data(t):
    """As vm.overcommit_memory=2 counts: what is private and can be written."""
    for limit in ("-d 4000", "-d 20000", "-d 200000"):
        limited(t, f"data {limit}", limit, [t.program("guest", "address_limit"), "1"])
        limited(t, f"data {limit}, grows", limit)


def test_hard(t):
    """What the command cannot raise for itself either: libdw ends its process there."""
    for limit in ("-v 20480", "-v 24576", "-d 14336", "-d 16384"):
        hard = ["sh", "-c", f'ulimit {limit}; exec "$@"', "-"]
        order = [t.program("guest", "order")]
        own, run = t.run([*hard, *order]), t.run([*hard, t.snarl, "run", "-o", t.path("run"), "--", *order])
        t.check(f"hard limit {limit}: the program's output and status, or the finding's",
                run.out == own.out and run.status in (own.status, 66), (own, run))
        if run.status == own.status:
            t.check(f"hard limit {limit}: no report, and that is said", "the report" in run.err, run.err)


def control_group(t, limit):
    """A new control group with that limit of memory, and how a command is run in it; None where there is none."""
    for root, file in (("/sys/fs/cgroup/memory", "memory.limit_in_bytes"), ("/sys/fs/cgroup", "memory.max")):
        group = os.path.join(root, f"snarl-test-{os.getpid()}-{os.path.basename(t.work)}")
        try:
            os.mkdir(group)
        except OSError:
            continue
        if t.run(["sh", "-c", f"echo {limit} > {group}/{file}"]).status == 0:
            return group, ["sh", "-c", f'echo $$ > {group}/cgroup.procs; exec "$@"', "-"]
        os.rmdir(group)
    return None


def test_control_group(t):
    """Memory that a control group allows: a recording takes a small part of it."""
    made = control_group(t, 48 << 20)
    if not made:
        t.skip("control group: cannot make one here")
        return
    group, inside = made
    try:
        alone = t.run([*inside, grows(t)])
        bare = t.run([*inside, "env", f"LD_PRELOAD={t.shim}", grows(t)], SNARL_OUTPUT=t.path("bare"),
                     SNARL_COMMAND=t.snarl)
        t.same("48 MiB (preloaded)", (DONE, DONE), ((alone.out, alone.status), (bare.out, bare.status)))
        t.check("48 MiB: the recording could not grow", "its own limit" in bare.err, bare.err)
        run = t.run([*inside, t.snarl, "run", "-o", t.path("run"), "--", grows(t)])
        t.same("48 MiB (run)", DONE, (run.out, run.status))
        largest = max(os.stat(os.path.join(t.path("run"), f)).st_size for f in os.listdir(t.path("run")))
        t.check("48 MiB: a 16th of it", largest <= 3 << 20, f"{largest} bytes")
    finally:
        os.rmdir(group)


def test_processes_and_the_rest(t):
    small = [t.program("guest", "address_limit"), "1"]
    for limit in ("-u 1", "-u 0", "-l 0", "-l 64", "-s 64", "-s 256", "-n 3", "-n 4", "-n 1000000", "-f 0", "-f 1"):
        limited(t, f"limit {limit}", limit, small)


def test_file_size_of_a_byte(t):
    """Twice in one folder: what the first could not write whole does not stop the second."""
    for turn in ("first", "second"):
        run = t.run(["prlimit", "--fsize=1", t.snarl, "run", "-o", t.path("run"), "--", "sh", "-c", "exit 7"])
        t.same(f"one byte, {turn} run", 7, run.status)


def test_full_disk(t):
    """A real but tiny disk."""
    disk = t.path("disk")
    os.mkdir(disk)
    if os.getuid() or t.run(["mount", "-t", "tmpfs", "-o", "size=128k", "none", disk]).status:
        t.skip("disk full: cannot mount one here")
        return
    try:
        result = t.preloaded([grows(t)], data="disk/data")
        t.same("disk full (preloaded)", DONE, (result.out, result.status))
        t.check("disk full: told, and why", "no space was left on the disk" in result.err, result.err)
        t.run(["sh", "-c", f"rm -rf {disk}/*"])
        result = t.run_snarl([grows(t)], data="disk/data")
        t.same("disk full (run)", DONE, (result.out, result.status))
    finally:
        t.run(["umount", disk])


def test_no_room(t):
    """A disk on which nothing can be recorded: the process tells itself, and the command knows that it was watched."""
    disk = t.path("full")
    os.mkdir(disk)
    if os.getuid() or t.run(["mount", "-t", "tmpfs", "-o", "size=8k", "none", disk]).status:
        t.skip("no room: cannot mount a disk here")
        return
    try:
        order, correct = t.program("guest", "order"), t.program("guest", "errno_and_results")
        for name, command in (("program", [order]), ("child", ["sh", "-c", '"$0"; exit 3', order])):
            result = t.run_snarl(command, data="full/data")
            t.same(f"no room, {name}: the run fails", 66, result.status)
            t.same(f"no room, {name}: told once", 1, result.err.count("lock-order-inversion ("))
            t.check(f"no room, {name}: it was watched", "not watched" not in result.err, result.err)
        result = t.run_snarl(["sh", "-c", '"$0"; exit 3', correct], data="full/data")
        t.same("no room, correct: status", 3, result.status)
        t.check("no room, correct: it was watched", "not watched" not in result.err, result.err)
        t.check("no room, correct: says that it records in memory", "in memory only" in result.err, result.err)
    finally:
        t.run(["umount", disk])


def test_no_folder(t):
    result = t.preloaded([grows(t)], SNARL_OUTPUT="/proc/no/such")
    t.same("no place for the recording", DONE, (result.out, result.status))
    t.same("no place: one line says so", 1, result.err.count("\n"))
    t.check("no place: and why", "/proc/no/such: No such file" in result.err, result.err)
    result = t.preloaded([t.program("guest", "order")], SNARL_OUTPUT="/proc/no/such")
    t.same("no place: what is found is told all the same", 66, result.status)
    t.check("no place: plainly", "lock-order-inversion (predicted)" in result.err, result.err)


def test_privileges_dropped(t):
    """A program that gives its privileges away can still be recorded and reported."""
    if os.getuid():
        t.skip("privileges dropped: not root")
        return
    os.chmod(t.work, 0o755)
    result = t.run_snarl(["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", grows(t)])
    t.same("privileges dropped", DONE, (result.out, result.status))
