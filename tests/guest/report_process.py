# SPDX-License-Identifier: Apache-2.0
"""The process that makes a bare program's report: it opens no source that is not a regular file, leaves the program's
input alone, and has a time limit; the program can be ended meanwhile; where no report comes the library reports."""
import os
import signal

SOURCE = """\
#include <pthread.h>
#include <unistd.h>
static pthread_mutex_t idle = PTHREAD_MUTEX_INITIALIZER;
int main(int count, char **arguments)
{
	(void)arguments;
	#line 7 "%s"
	pthread_mutex_unlock(&idle);
	if (count > 1 && setuid(65534))
		return 1;
	return 7;
}
"""
KIND = "unlock-not-locked"


def misuse(t, source):
    """A program with a finding, whose debug information names this source."""
    return t.compile("misuse", SOURCE % source, "-pthread")


def command(t, text):
    """A command that is not snarl's."""
    path = t.write("command", "#!/bin/sh\n" + text)
    os.chmod(path, 0o755)
    return path


def named(t, source):
    program, left = misuse(t, source), t.write("left", "left\n" * 20)
    shell = f'cat {left} | {{ env LD_PRELOAD={t.shim} "$@"; echo $?; cat; }}'
    result = t.run(["sh", "-c", shell, "-", program], SNARL_OUTPUT=t.path("bare"), SNARL_COMMAND=t.snarl)
    t.same(f"{source}: status, and the input is left", "66\n" + "left\n" * 20, result.out)
    t.check(f"{source}: the report comes", f"{KIND} (confirmed)" in result.err and source in result.err, result.err)
    result = t.run_snarl([program], stdin=left)
    t.same(f"{source}: status (run)", 66, result.status)


def test_sources(t):
    os.mkfifo(t.path("fifo"))
    os.symlink("fifo", t.path("link"))
    for source in ("/dev/stdin", "/dev/zero", "/proc/kmsg", t.path("fifo"), t.path("link"), t.work):
        named(t, source)


def test_late(t):
    os.mkfifo(t.path("fifo"))
    late = command(t, f"read line < {t.path('fifo')}\n")
    result = t.preloaded([misuse(t, "a.c")], SNARL_COMMAND=late, SNARL_OPTIONS="report_timeout=1")
    t.same("late: status", 66, result.status)
    t.check("late: is said", "snarl: the report took longer than 1 s (report_timeout)" in result.err, result.err)
    t.check("late: the finding is told", f"{KIND} (confirmed)" in result.err, result.err)


def test_ended_meanwhile(t):
    """As the program has it, SIGTERM ends it."""
    os.mkfifo(t.path("fifo"))
    os.mkfifo(t.path("ready"))
    waits = command(t, f"echo > {t.path('ready')}\nread line < {t.path('fifo')}\n")
    started = t.start([misuse(t, "a.c")], LD_PRELOAD=t.shim, SNARL_OUTPUT=t.path("bare"), SNARL_COMMAND=waits,
                      SNARL_OPTIONS="report_timeout=60")
    with open(t.path("ready"), encoding="utf-8") as ready:
        ready.read()
    os.kill(started.pid, signal.SIGTERM)
    t.same("ended by the signal", -signal.SIGTERM, started.wait(t.deadline))


def test_no_report(t):
    """The command is there, and makes none."""
    result = t.preloaded([misuse(t, "a.c")], SNARL_COMMAND=command(t, "exit 127\n"))
    t.same("no report: status", 66, result.status)
    t.check("no report: the finding is told", f"{KIND} (confirmed)" in result.err, result.err)
    t.check("no report: why", "the command made no report" in result.err, result.err)


def test_user_dropped(t):
    if os.getuid():
        t.skip("user id dropped: not root")
        return
    program = misuse(t, "a.c")
    result = t.preloaded([program, "drop"])
    t.same("user id dropped: status", 66, result.status)
    t.check("user id dropped: the finding is told", f"{KIND} (confirmed)" in result.err, result.err)
    t.check("user id dropped: no other words", "denied" not in result.err, result.err)
    result = t.preloaded([program, "drop"], SNARL_OPTIONS=f"log_path={t.path('log')}")
    t.check("user id dropped: with a log that it may not write", f"{KIND} (confirmed)" in result.err, result.err)
    os.chmod(t.work, 0o777)
    result = t.preloaded([program, "drop"], SNARL_OPTIONS=f"log_path={t.path('log')}")
    t.same("user id dropped: with a log", "", result.err)
    logs = [name for name in os.listdir(t.work) if name.startswith("log.")]
    t.check("user id dropped: the log has it", logs and KIND in t.read(logs[0]), logs)
