# SPDX-License-Identifier: Apache-2.0
"""A program whose segments have gaps between them: the loader then names only the one around an address, and the
unwind information lies in another.  Its stacks must be whole and its locks named all the same."""
import re

SOURCE = """\
#include <pthread.h>
static pthread_mutex_t gapped_lock = PTHREAD_MUTEX_INITIALIZER;
__attribute__((noinline)) static int inner(void)
{
	int result = pthread_mutex_unlock(&gapped_lock);
	__asm__ volatile("");
	return result;
}
__attribute__((noinline)) static int outer(void)
{
	int result = inner();
	__asm__ volatile("");
	return result;
}
int main(void)
{
	return outer();
}
"""


def test_gapped(t):
    program = t.compile("gapped", SOURCE, "-Wl,-z,separate-code,-z,max-page-size=0x200000", "-lpthread")
    result = t.run_snarl([program])
    t.same("gapped program: status", 66, result.status)
    lines = [line for line in result.err.splitlines() if re.search(" (inner|outer|main) ", line)]
    t.check("gapped program: the stack is whole", len(lines) >= 3, result.err)
    t.check("gapped program: the lock is named", "gapped_lock" in result.err, result.err)
