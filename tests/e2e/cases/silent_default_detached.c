/* SPDX-License-Identifier: Apache-2.0
 *
 * The process makes detached threads its default: nobody is to join those that are created without
 * attributes, by pthread_create and thrd_create alike.  The twin takes the default back first. */
// variants: plain c11 back
// expect: silent
// expect[back]: thread-leak confirmed
// options[back]: leaks=strict
#include "case.h"
#include <threads.h>

static pid_t tid;

static void *worker(void *unused)
{
	publish_tid(&tid);
	return unused;
}

static int c11_worker(void *unused)
{
	publish_tid(&tid);
	return unused != NULL;
}

static void set_default(int state)
{
	pthread_attr_t attr;
	pthread_attr_init(&attr);
	pthread_attr_setdetachstate(&attr, state);
	CHECK(pthread_setattr_default_np(&attr) == 0);
	pthread_attr_destroy(&attr);
}

int main(int argc, char **argv)
{
	const char *how = argc > 1 ? argv[1] : "plain";
	pthread_t thread;
	thrd_t c11;
	set_default(PTHREAD_CREATE_DETACHED);
	if (!strcmp(how, "back"))
		set_default(PTHREAD_CREATE_JOINABLE);
	if (!strcmp(how, "c11"))
		CHECK(thrd_create(&c11, c11_worker, NULL) == thrd_success);
	else
		START(&thread, worker, NULL);
	await_gone(&tid);
	puts("done");
	return 0;
}
