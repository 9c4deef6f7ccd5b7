/* SPDX-License-Identifier: Apache-2.0
 *
 * Memory that nobody has initialised is used as an object. */
// variants: mutex mutex-ones mutex-unlock rwlock semaphore
// expect: wrong-object confirmed
// json: any(matches("not-initialised|bytes", x.why) for x in findings if x.kind == "wrong-object")
// stdout: done
// hangs
#include "case.h"

static unsigned char memory[64] __attribute__((aligned(16)));

static void use(const char *how)
{
	if (!strcmp(how, "mutex") || !strcmp(how, "mutex-ones"))
		pthread_mutex_lock((void *)memory);
	else if (!strcmp(how, "mutex-unlock"))
		pthread_mutex_unlock((void *)memory);
	else if (!strcmp(how, "rwlock"))
		pthread_rwlock_tryrdlock((void *)memory);
	else if (!strcmp(how, "semaphore"))
		sem_post((void *)memory);
}

int main(int argc, char **argv)
{
	const char *how = argc > 1 ? argv[1] : "mutex";
	memset(memory, !strcmp(how, "mutex-ones") ? 0xff : 0x55, sizeof memory);
	if (!strcmp(how, "rwlock"))
		memset(memory, 0, 24); /* no writer, no readers */
	if (!strcmp(how, "semaphore"))
		memset(memory, 0, 8); /* no value, no waiters */
	puts("done");
	fflush(stdout);
	use(how);
	_exit(5);
}
