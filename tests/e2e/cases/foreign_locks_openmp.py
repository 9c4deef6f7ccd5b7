# SPDX-License-Identifier: Apache-2.0
"""A thread that sleeps in OpenMP's run-time library, which is known by its file's name, is told how OpenMP's barriers and
critical sections are mended. The library here is one of ours, so that no OpenMP need be installed."""
import os

LIBRARY = """
#include <unistd.h>
#include <sys/syscall.h>
static int word;
void GOMP_barrier(void)
{
	long result;
	__asm__ volatile("xor %%r10d, %%r10d; syscall" : "=a"(result)
			 : "a"(SYS_futex), "D"(&word), "S"(128), "d"(0) : "rcx", "r10", "r11", "memory");
	word += (int)result;
}
"""
PROGRAM = """
void GOMP_barrier(void);
int main(void)
{
	GOMP_barrier();
	return 0;
}
"""


def test_barrier(t):
    library = t.compile("libgomp.so.1", LIBRARY, "-shared", "-fPIC", "-Wl,-soname,libgomp.so.1")
    program = t.compile("team", PROGRAM, library, "-Wl,-rpath," + os.path.dirname(library))
    ran = t.run_snarl([program])
    t.check("a deadlock is found", "deadlock (confirmed)" in ran.err, ran.err)
    t.check("how to fix it speaks of OpenMP", "fix: Let every thread of an OpenMP team" in ran.err, ran.err)
