/* SPDX-License-Identifier: Apache-2.0
 *
 * Code without unwind tables, which rests: a thread with frame pointers, and one in whose rbp lies
 * what looks like a frame, but for the call before the address to which it would return; and a
 * thread with frame pointers that rests in a signal handler. */
// mode: none
// cflags: -fno-inline -fno-asynchronous-unwind-tables -fno-unwind-tables
// cflags: -fno-omit-frame-pointer -fno-optimize-sibling-calls
#include "case.h"
#include <signal.h>

static void *never_called(void *arg)
{
	return arg;
}

static void innermost(void)
{
	pause();
	CHECK(0);
}

static void *rests(void *arg)
{
	innermost();
	return arg;
}

/* Calls pause with rbp as it is given. */
void misled(void *rbp);
__asm__(".text\n"
	".type misled, @function\n"
	"misled:\n"
	"push %rbp\n"
	"mov %rdi, %rbp\n"
	"call pause@plt\n"
	"pop %rbp\n"
	"ret\n"
	".size misled, .-misled\n");

static void *is_misled(void *arg)
{
	struct {
		void *saved;
		void *(*returns_to)(void *);
	} on_stack = {__builtin_frame_address(0), never_called};
	misled(&on_stack);
	return arg;
}

static void on_signal(int number)
{
	(void)number;
	innermost();
}

static void *is_interrupted(void *arg)
{
	CHECK(raise(SIGUSR1) == 0);
	return arg;
}

int main(void)
{
	pthread_t x, y, z;
	signal(SIGUSR1, on_signal);
	START(&x, rests, NULL);
	START(&y, is_misled, NULL);
	START(&z, is_interrupted, NULL);
	puts("ready");
	fflush(stdout);
	JOIN(x);
	JOIN(y);
	JOIN(z);
	return 0;
}
