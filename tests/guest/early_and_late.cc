/* SPDX-License-Identifier: Apache-2.0
 *
 * Locks and threads in constructors that run before others', in static destructors, in handlers of
 * atexit, and in destructors of thread-specific data at the very end. */
// expect: silent
#include "case.h"
#include <mutex>
#include <thread>

static pthread_mutex_t a = PTHREAD_MUTEX_INITIALIZER, b = PTHREAD_MUTEX_INITIALIZER;

static void nested(const char *where)
{
	pthread_mutex_lock(&a);
	pthread_mutex_lock(&b);
	printf("%s\n", where);
	pthread_mutex_unlock(&b);
	pthread_mutex_unlock(&a);
}

__attribute__((constructor(101))) static void first_of_all(void)
{
	nested("constructor");
	pthread_t thread;
	START(
		&thread,
		[](void *) -> void * {
			nested("thread in a constructor");
			return nullptr;
		},
		nullptr);
	JOIN(thread);
}

__attribute__((destructor(101))) static void last_of_all(void)
{
	nested("destructor");
	std::thread([] { nested("thread in a destructor"); }).join();
	fflush(stdout);
}

struct Global {
	std::mutex mutex;
	Global()
	{
		std::lock_guard<std::mutex> lock(mutex);
		nested("global");
	}
	~Global()
	{
		std::lock_guard<std::mutex> lock(mutex);
		nested("global's end");
	}
};
static Global global;

static thread_local struct Local {
	int used = 0;
	~Local()
	{
		nested("thread-local's end");
	}
} local;

static void at_exit(void)
{
	nested("atexit");
}

static void of_key(void *)
{
	nested("key");
}

int main()
{
	pthread_key_t key;
	atexit(at_exit);
	pthread_key_create(&key, of_key);
	local.used = 1;
	std::thread([&] {
		local.used = 1;
		pthread_setspecific(key, &global);
	}).join();
	return 7;
}
