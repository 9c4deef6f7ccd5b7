# SPDX-License-Identifier: Apache-2.0
"""Together with other preloads, whose allocators lock inside of us and we inside of them; with malloc tunables; and with a
clock of another's."""
import glob

PROGRAMS = ("guest/cxx_threads", "guest/dlopen_dlclose", "guest/many_threads", "guest/fork_in_threads",
            "cases/silent_contended")
TUNABLES = ("glibc.malloc.perturb=85", "glibc.malloc.tcache_count=0", "glibc.rtld.optional_static_tls=0",
            "glibc.pthread.mutex_spin_count=5000", "glibc.pthread.rseq=0", "glibc.elision.enable=1")
CLOCK = """\
#include <pthread.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;

int clock_gettime(clockid_t clock, struct timespec *t)
{
	pthread_mutex_lock(&mutex);
	int result = (int)syscall(SYS_clock_gettime, clock, t);
	t->tv_sec += 1000000;
	pthread_mutex_unlock(&mutex);
	return result;
}
"""


def command(t, program):
    return [t.program(*program.split("/"))] + (["normal"] if program.endswith("contended") else [])


def behaviour(result):
    return result.out, result.status


def beside(t, name, library, program, own):
    """The program with the library before and after ours."""
    for where, preload in (("after", f"{t.shim} {library}"), ("before", f"{library} {t.shim}")):
        got = t.preloaded(command(t, program), LD_PRELOAD=preload)
        t.same(f"{name} {where} us: {program}", own, behaviour(got))


def test_jemalloc(t):
    found = glob.glob("/usr/lib/*/libjemalloc.so.2")
    if not found:
        t.skip("jemalloc: not installed")
        return
    for program in PROGRAMS:
        beside(t, "jemalloc", found[0], program, behaviour(t.run(command(t, program))))


def test_allocator(t):
    for program in PROGRAMS:
        beside(t, "allocator", t.program("guest", "allocator.so"), program, behaviour(t.run(command(t, program))))


def test_tunables(t):
    for program in PROGRAMS:
        own = behaviour(t.run(command(t, program)))
        for tunable in TUNABLES:
            got = t.preloaded(command(t, program), GLIBC_TUNABLES=tunable)
            t.same(f"tunable {tunable}: {program}", own, behaviour(got))


def test_clock(t):
    """A clock of another's, which locks: it is not ours to ask for the time."""
    clock = t.compile("clock.so", CLOCK, "-shared", "-fPIC")
    for program in ("guest/cxx_threads", "guest/many_threads", "cases/silent_contended"):
        own = behaviour(t.run(command(t, program), LD_PRELOAD=clock))
        beside(t, "clock", clock, program, own)
