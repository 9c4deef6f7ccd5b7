/* SPDX-License-Identifier: Apache-2.0
 *
 * The ways in which a process can end. */
// expect: silent
// variants: return exit _exit quick_exit thread-exit thread-_exit pthread_exit abort segv kill
// options: leaks=off
#include "case.h"
#include <signal.h>
#include <sys/resource.h>

static pthread_mutex_t a = PTHREAD_MUTEX_INITIALIZER, b = PTHREAD_MUTEX_INITIALIZER;
static const char *how;

static int is(const char *name)
{
	return !strcmp(how, name);
}

static void at_exit(void)
{
	pthread_mutex_lock(&a);
	puts("atexit");
	fflush(stdout);
	pthread_mutex_unlock(&a);
}

static void at_quick_exit_(void)
{
	puts("at_quick_exit");
	fflush(stdout);
}

static void *worker(void *unused)
{
	pthread_mutex_lock(&a);
	pthread_mutex_lock(&b);
	pthread_mutex_unlock(&b);
	pthread_mutex_unlock(&a);
	if (is("thread-exit"))
		exit(7);
	if (is("thread-_exit"))
		_exit(8);
	return unused;
}

static void *outlives_main(void *main_thread)
{
	CHECK(pthread_join(*(pthread_t *)main_thread, NULL) == 0);
	worker(NULL);
	puts("main ended before");
	return NULL;
}

static int end(void)
{
	static pthread_t self;
	pthread_t last;
	struct rlimit none = {0, 0};
	setrlimit(RLIMIT_CORE, &none);
	if (is("exit"))
		exit(7);
	if (is("_exit"))
		_exit(8);
	if (is("quick_exit"))
		quick_exit(9);
	if (is("abort"))
		abort();
	if (is("segv"))
		raise(SIGSEGV);
	if (is("kill"))
		raise(SIGKILL);
	if (is("pthread_exit")) {
		self = pthread_self();
		START(&last, outlives_main, &self);
		pthread_detach(last);
		pthread_exit(NULL);
	}
	return 7;
}

int main(int argc, char **argv)
{
	pthread_t thread;
	how = argc > 1 ? argv[1] : "return";
	setvbuf(stdout, NULL, _IOLBF, 0);
	atexit(at_exit);
	at_quick_exit(at_quick_exit_);
	START(&thread, worker, NULL);
	JOIN(thread);
	puts("started");
	return end();
}
