/* SPDX-License-Identifier: Apache-2.0
 *
 * A lock of the program's own make is given up by another thread than took it; or its end is told
 * of while it is held. */
// variants: other destroyed
// expect[other]: unlock-not-owner confirmed
// expect[destroyed]: destroy-while-locked confirmed
// text: annotated mutex 'lock
#include "annotated.h"

static struct annotated lock;

static void *gives_up(void *unused)
{
	annotated_drop(&lock, 0);
	return unused;
}

int main(int argc, char **argv)
{
	pthread_t thread;
	annotated_init(&lock, OF_FUTEX, 0);
	annotated_take(&lock, 0);
	if (argc > 1 && !strcmp(argv[1], "destroyed")) {
		TELL(__tsan_mutex_destroy(&lock, 0));
	} else {
		START(&thread, gives_up, NULL);
		JOIN(thread);
	}
	puts("done");
	return 5;
}
