# SPDX-License-Identifier: Apache-2.0
"""A program whose every name would speak to a terminal: files, folders, functions, variables, threads, arguments and source
lines with ESC, BEL, newlines and C1 bytes.  None of them gets through, whatever tells of it."""
import glob
import os

from runner import formats

PLAIN = b"evil_esc"  # written into the sources, and into what is built of them, as
EVIL = b"\x1b[31m\x07\n\x9b"
MARKUP = b"<i>`|]%\""  # and what would speak to who reads a format
SOURCE = r"""#include <pthread.h>
#include <semaphore.h>
#include <unistd.h>
static sem_t first;
pthread_mutex_t evil_esc_one = PTHREAD_MUTEX_INITIALIZER, evil_esc_two = PTHREAD_MUTEX_INITIALIZER;
__attribute__((noinline)) void evil_esc_take(pthread_mutex_t *a, pthread_mutex_t *b)
{
	pthread_mutex_lock(a);
	pthread_mutex_lock(b); /* evil_esc of the source */
	pthread_mutex_unlock(b);
	pthread_mutex_unlock(a);
}
static void *evil_esc_start(void *p)
{
	pthread_setname_np(pthread_self(), "\033]0;x\a\n\233");
	evil_esc_take(&evil_esc_one, &evil_esc_two);
	sem_post(&first);
	pause();
	return p;
}
static void *evil_esc_leaks(void *p)
{
	return p;
}
int main(void)
{
	pthread_t t;
	pthread_create(&t, NULL, evil_esc_start, NULL);
	sem_wait(&first);
	evil_esc_take(&evil_esc_two, &evil_esc_one);
	pthread_create(&t, NULL, evil_esc_leaks, NULL);
	while (pthread_tryjoin_np(t, NULL))
		usleep(1000);
	return 0;
}
"""


def evil_program(t, evil_name=EVIL):
    """Compiled under good names of the same length, then every one of them is made evil."""
    built = t.compile("evil_esc_program", t.write("evil_esc_file.c", SOURCE), "-pthread")
    with open(built, "rb") as file:
        content = file.read()
    evil = os.fsencode(built).replace(PLAIN, evil_name)
    with open(evil, "wb") as file:
        file.write(content.replace(PLAIN, evil_name))
    os.chmod(evil, 0o755)
    with open(os.fsencode(t.path("evil_esc_file.c")).replace(PLAIN, evil_name), "wb") as file:
        file.write(SOURCE.replace("/* evil_esc", "/* \033[2J\x9b").encode("latin-1"))
    return os.fsdecode(evil)


def upsets(text):
    return sorted({repr(c) for c in text if c != "\n" and (ord(c) < 32 or 0x7f <= ord(c) <= 0x9f or ord(c) == 0xfffd)})


def harmless(t, name, text, shown):
    t.same(f"{name}: no byte that a terminal would take as told", [], upsets(text))
    t.check(f"{name}: the names are shown", shown in text, text)


def test_all(t):
    evil = evil_program(t)
    argument = os.fsdecode(b"\x1b[32m\n\x9b")
    result = t.preloaded([evil, argument], data="evil_esc_bare")
    t.same("bare: status", 66, result.status)
    harmless(t, "bare", result.err, r"\x1b[31m\x07\n\x9b_take")
    result = t.preloaded([evil, argument], data="plain", SNARL_COMMAND="/nonexistent")
    harmless(t, "without the command", result.err, r"\x1b[31m\x07\n\x9b_program+0x")
    result = t.run_snarl([evil, argument], options=["-O", "leaks=strict"])
    t.same("run: status", 66, result.status)
    harmless(t, "run", result.err, r"'\x1b[31m\x07\n\x9b_one'")
    harmless(t, "report.txt", t.read("run/report.txt"), r"\x1b[2J\x9b")
    harmless(t, "report.json", t.read("run/report.json"), r"\u001B[31m\u0007\n")
    report = t.kept()
    t.check("report.json: has the names as they are", "\x1b[31m" in report.processes[0].exe, report.processes[0].exe)
    order = next(f for f in report.findings if f.kind == "lock-order-inversion")
    for options in (["--threads", "--show-refuted"], ["-f", "json"]):
        harmless(t, f"report {options[0]}", t.run([t.snarl, "report", *options, t.path("run")]).out, "x")
    harmless(t, "explain", t.run([t.snarl, "explain", order.id, t.path("run")]).out, r"\x1b[31m")


def test_formats(t):
    """What was not ours in a report is shown by who reads it, and says nothing to it."""
    for name, evil in (("escapes", EVIL), ("markup", MARKUP)):
        program = evil_program(t, evil)
        t.run_snarl([program, "</script>]]>-->"], options=["--quiet", "-f", ",".join(f for f, _ in formats.table())], data=name)
        for form, file in formats.table():
            text = t.read(os.path.join(name, file))
            t.same(f"{form} with {name}: read as it was meant", [], formats.objections(t, form, text))
            t.same(f"{form} with {name}: no byte that a terminal would take as told", [], upsets(text))
            t.check(f"{form} with {name}: it tells of something", "lock-order-inversion" in text, text[:2000])


def test_errors(t):
    """Paths in the command's own lines."""
    for words in (["report", b"/no/\x1b[31m\n\x9b"], ["run", b"/no/\x1b[31m\n\x9b"], ["explain", b"\x1b\x9b"],
                  ["run", "--suppressions", b"/no/\x1b\x9b\n", "true"], ["report", "-f", b"\x1b\x9b\n"], [b"\x1b\x9b"]):
        result = t.run([t.snarl, *map(os.fsdecode, words)], cwd=t.work)
        t.check(f"{words}: fails", result.status != 0)
        t.same(f"{words}: one line", 1, len(result.err.strip().split("\n")))
        harmless(t, f"{words}", result.err, r"\x1b")
    for left in glob.glob(t.path("snarl.data", "*")):
        os.unlink(left)
