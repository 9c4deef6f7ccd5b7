/* SPDX-License-Identifier: Apache-2.0
 *
 * The memory of a held lock is given back to the system, which is seen when it is done; or freed,
 * which is seen when the memory has changed.
 */
// variants: unmap unmap-part unmap-others unmap-read
// variants: free free-inside realloc free-large free-blocks
// expect: destroy-while-locked suspect
// expect[unmap]: destroy-while-locked confirmed
// expect[unmap-part]: destroy-while-locked confirmed
// expect[unmap-others]: destroy-while-locked confirmed
// expect[unmap-read]: destroy-while-locked confirmed
// json: any(x.function == "take" for s in stacks for x in s.frames or [])
// text: memory
#include <sys/mman.h>
#include "case.h"

static pthread_mutex_t other = PTHREAD_MUTEX_INITIALIZER;
static const char *how;
static pid_t waiting;

struct item {
	long number;
	pthread_mutex_t mutex;
};

static int is(const char *name)
{
	return !strcmp(how, name);
}

static __attribute__((noinline)) void *take(void *at)
{
	if (is("unmap-read")) {
		CHECK(pthread_rwlock_init(at, NULL) == 0);
		CHECK(pthread_rwlock_rdlock(at) == 0);
	} else {
		CHECK(pthread_mutex_init(at, NULL) == 0);
		CHECK(pthread_mutex_lock(at) == 0);
	}
	return at;
}

static void *take_and_end_late(void *at)
{
	take(at);
	turn_next();
	turn_await(2);
	return NULL;
}

static void unmap(void)
{
	pthread_t thread;
	char *at = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	CHECK(at != MAP_FAILED);
	if (is("unmap-others")) {
		START(&thread, take_and_end_late, at);
		turn_await(1);
	} else {
		take(is("unmap-part") ? at + 4096 + 64 : at);
	}
	CHECK(munmap(is("unmap-part") ? at + 4096 : at, 4096) == 0);
	if (is("unmap-others")) {
		turn_next();
		JOIN(thread);
	}
}

static void *hold_it(void *unused)
{
	CHECK(pthread_mutex_lock(&other) == 0);
	turn_next();
	await_blocked(&waiting);
	CHECK(pthread_mutex_unlock(&other) == 0);
	return unused;
}

static void use_another(void)
{
	pthread_t helper;
	if (is("free-blocks")) {
		START(&helper, hold_it, NULL);
		turn_await(1);
	}
	publish_tid(&waiting);
	CHECK(pthread_mutex_lock(&other) == 0);
	CHECK(pthread_mutex_unlock(&other) == 0);
	if (is("free-blocks"))
		JOIN(helper);
}

int main(int argc, char **argv)
{
	how = argc > 1 ? argv[1] : "unmap";
	if (!strncmp(how, "unmap", 5)) {
		unmap();
	} else if (is("free-inside")) {
		struct item *item = malloc(sizeof *item);
		take(&item->mutex);
		free(item);
	} else if (is("realloc")) {
		CHECK(realloc(take(malloc(sizeof(pthread_mutex_t))), 1 << 20));
	} else {
		free(take(malloc(is("free-large") ? 1 << 20 : sizeof(pthread_mutex_t))));
	}
	use_another();
	puts("done");
	return 0;
}
