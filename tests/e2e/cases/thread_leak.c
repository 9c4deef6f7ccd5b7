/* SPDX-License-Identifier: Apache-2.0
 *
 * A thread ended and nobody joined or detached it. */
// variants: default joinable-attr c11 three
// expect: thread-leak confirmed
// json[three]: f.count == 3 or sum(len(x.threads) for x in findings) == 3
// text: worker
#include "case.h"
#include <threads.h>

static pid_t tids[3];

static void *worker(void *number)
{
	publish_tid(&tids[(long)number]);
	return NULL;
}

static int c11_worker(void *unused)
{
	publish_tid(&tids[0]);
	return unused != NULL;
}

int main(int argc, char **argv)
{
	const char *how = argc > 1 ? argv[1] : "default";
	pthread_t thread;
	thrd_t c11;
	pthread_attr_t attr;
	pthread_attr_init(&attr);
	long threads = !strcmp(how, "three") ? 3 : 1;
	if (!strcmp(how, "c11"))
		CHECK(thrd_create(&c11, c11_worker, NULL) == thrd_success);
	else
		for (long i = 0; i < threads; i++)
			CHECK(pthread_create(&thread, strcmp(how, "default") ? &attr : NULL, worker,
					     (void *)i) == 0);
	for (int i = 0; i < threads; i++)
		await_gone(&tids[i]);
	puts("done");
	return 5;
}
