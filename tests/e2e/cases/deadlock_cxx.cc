/* SPDX-License-Identifier: Apache-2.0
 *
 * Deadlocks through the C++ standard library. */
// variants: mutex shared join
// expect: deadlock confirmed
// hangs
#include "case.h"
#include <mutex>
#include <shared_mutex>
#include <string>
#include <thread>

static pthread_barrier_t both;

template <class Mutex> static void scenario()
{
	static Mutex a, b;
	auto member = [](Mutex &mine, Mutex &theirs) {
		std::lock_guard<Mutex> first(mine);
		pthread_barrier_wait(&both);
		std::lock_guard<Mutex> second(theirs);
	};
	std::thread one(member, std::ref(a), std::ref(b));
	std::thread two(member, std::ref(b), std::ref(a));
	one.join();
	two.join();
}

/* The worker needs the lock that its creator holds while it joins it. */
static void join()
{
	static std::mutex mutex;
	std::lock_guard<std::mutex> lock(mutex);
	std::thread worker([] { std::lock_guard<std::mutex> inner(mutex); });
	worker.join();
}

int main(int, char **argv)
{
	std::string how = argv[1] ? argv[1] : "mutex";
	pthread_barrier_init(&both, nullptr, 2);
	if (how == "mutex")
		scenario<std::mutex>();
	else if (how == "shared")
		scenario<std::shared_mutex>();
	else
		join();
	puts("never");
	return 0;
}
