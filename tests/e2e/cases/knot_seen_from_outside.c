/* SPDX-License-Identifier: Apache-2.0
 *
 * When the last thread falls asleep there is one more, made by the clone system call as a runtime
 * would make it, which the detector does not know: inside the process nothing is judged, since that
 * thread might wake somebody.  It ends without a word.  Who watches from outside sees that now
 * everybody sleeps for good. */
// expect: deadlock confirmed
// mode: run
// hangs
// stdout: -
// json: "none of them can be woken from outside" in f.why
// json: processes[0].ended.how == "signal"
// text: was deadlocked and was killed
#include "case.h"
#include <fcntl.h>
#include <sys/syscall.h>

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t cond = PTHREAD_COND_INITIALIZER;
static pid_t tid;

/* The raw calls that the thread makes; it shares the main thread's errno, and leaves it alone.
 */
static long raw(long number, long a, long b, long c)
{
	long result;
	__asm__ volatile("syscall"
			 : "=a"(result)
			 : "a"(number), "D"(a), "S"(b), "d"(c)
			 : "rcx", "r11", "memory");
	return result;
}

static char path[64];

/* Whether the main thread sleeps in a futex wait (system call 202). */
static int main_sleeps(void)
{
	char text[8] = "";
	long fd = raw(SYS_open, (long)path, O_RDONLY, 0);
	raw(SYS_read, fd, (long)text, sizeof text - 1);
	raw(SYS_close, fd, 0, 0);
	return text[0] == '2' && text[1] == '0' && text[2] == '2' && text[3] == ' ';
}

/* Stays until the main thread, which looks for those that could wake it and then sleeps, does. */
static void *stranger(void *unused)
{
	(void)unused;
	while (!main_sleeps())
		raw(SYS_sched_yield, 0, 0, 0);
	raw(SYS_exit, 0, 0, 0);
	return NULL;
}

/* clone(2) by hand: the new thread has a stack of its own and nothing of libc's. */
static void start_stranger(void)
{
	static char stack[65536] __attribute__((aligned(16)));
	const long flags = 0x50f00; /* VM, FS, FILES, SIGHAND, THREAD, SYSVSEM */
	long result;
	register long r10 __asm__("r10") = 0;
	register long r8 __asm__("r8") = 0;
	__asm__ volatile(
		"syscall\n\ttest %%rax, %%rax\n\tjnz 1f\n\txor %%edi, %%edi\n\tcall *%5\n\t"
		"hlt\n1:"
		: "=a"(result)
		: "a"(SYS_clone), "D"(flags), "S"(stack + sizeof stack), "d"(0L), "r"(stranger),
		  "r"(r10), "r"(r8)
		: "rcx", "r11", "memory");
	CHECK(result > 0);
}

int main(void)
{
	tid = gettid();
	snprintf(path, sizeof path, "/proc/self/task/%d/syscall", (int)tid);
	start_stranger();
	pthread_mutex_lock(&mutex);
	for (;;)
		pthread_cond_wait(&cond, &mutex);
}
