/* SPDX-License-Identifier: Apache-2.0
 *
 * Code without unwind tables, which rests: a thread with frame pointers, and one in whose rbp lies
 * what looks like a frame, but for the call before the address to which it would return. */
// mode: none
// cflags: -fno-inline -fno-asynchronous-unwind-tables -fno-unwind-tables -fno-omit-frame-pointer
// -fno-optimize-sibling-calls
#include "case.h"

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

int main(void)
{
	pthread_t x, y;
	START(&x, rests, NULL);
	START(&y, is_misled, NULL);
	puts("ready");
	fflush(stdout);
	JOIN(x);
	JOIN(y);
	return 0;
}
