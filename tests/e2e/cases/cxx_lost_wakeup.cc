/* SPDX-License-Identifier: Apache-2.0
 *
 * A lost wakeup with C++'s condition variables: the flag is atomic, and so somebody thought that it
 * needs no mutex; the notification falls between the waiter's look and its wait.
 * condition_variable_any waits with an inner mutex of its own, which every notifier takes too: that
 * its outer lock was not held cannot be seen, so there it is told as a deadlock. */
// variants: plain any
// expect[plain]: lost-wakeup confirmed
// expect[any]: deadlock confirmed
// hangs
// stdout: -
// cflags: -std=gnu++20
#include "case.h"
#include <atomic>
#include <condition_variable>
#include <mutex>
#include <thread>

static std::atomic<bool> ready{false};

template <class Condition, class Lock> static void lose()
{
	static std::mutex mutex;
	static Condition changed;
	std::thread waiter([] {
		Lock lock(mutex);
		bool seen = ready.load();
		turn_next();
		turn_await(2);
		if (!seen)
			changed.wait(lock);
	});
	turn_await(1);
	ready = true;
	changed.notify_one();
	turn_next();
	waiter.join();
}

int main(int argc, char **argv)
{
	CHECK(argc == 2);
	if (!strcmp(argv[1], "plain"))
		lose<std::condition_variable, std::unique_lock<std::mutex>>();
	else
		lose<std::condition_variable_any, std::unique_lock<std::mutex>>();
	puts("not reached");
	return 0;
}
