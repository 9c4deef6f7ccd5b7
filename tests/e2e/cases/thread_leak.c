/* SPDX-License-Identifier: Apache-2.0
 *
 * Threads ended, nobody joined or detached them, and the process ended right after that.  So do
 * pools that are told to stop before _exit: it is suspect, unless leaks=strict is asked for, or
 * threads of the place piled up while the process went on (piled), or the process went on for long
 * (long).  It used to be confirmed always, and then the same program failed or not by the luck of
 * microseconds. */
// variants: default joinable-attr c11 three strict piled long gives-up
// expect: thread-leak suspect
// expect[strict]: thread-leak confirmed
// expect[piled]: thread-leak confirmed
// expect[long]: thread-leak confirmed
// options[strict]: leaks=strict
// json[default]: "shortly before" in f.why
// json[piled]: "one after the other" in f.why
// json[long]: "long before" in f.why
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

static double now(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* Works for longer than all that was before. */
static void work_on(double begin)
{
	for (double gone = now(); now() < gone + 2 * (gone - begin) + 2;)
		usleep(10000);
}

/* A server that makes a thread for each request, which come now and then. */
static void serve(void)
{
	for (long i = 0; i < 4; i++) {
		pthread_t thread;
		tids[0] = 0;
		CHECK(pthread_create(&thread, NULL, worker, (void *)0) == 0);
		await_gone(&tids[0]);
		usleep(20000);
	}
}

int main(int argc, char **argv)
{
	const char *how = argc > 1 ? argv[1] : "default";
	double begin = now();
	pthread_t thread;
	thrd_t c11;
	pthread_attr_t attr;
	pthread_attr_init(&attr);
	long threads = !strcmp(how, "three") ? 3 : 1;
	if (!strcmp(how, "piled"))
		serve();
	else if (!strcmp(how, "c11"))
		CHECK(thrd_create(&c11, c11_worker, NULL) == thrd_success);
	else
		for (long i = 0; i < threads; i++)
			CHECK(pthread_create(&thread, strcmp(how, "joinable-attr") ? NULL : &attr,
					     worker, (void *)i) == 0);
	for (int i = 0; i < threads; i++)
		await_gone(&tids[i]);
	if (!strcmp(how, "long") || !strcmp(how, "gives-up"))
		work_on(begin);
	puts("done");
	if (!strcmp(how, "gives-up"))
		exit(5); /* under way to a join, perhaps */
	return 5;
}
