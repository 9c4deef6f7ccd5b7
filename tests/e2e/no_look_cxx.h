/* SPDX-License-Identifier: Apache-2.0
 *
 * A notification comes, under the mutex, before anybody waits; then a thread takes the mutex and
 * waits. */
#include "case.h"
#include <condition_variable>
#include <mutex>
#include <string>
#include <thread>

struct event {
	std::mutex mutex;
	std::condition_variable changed;
	bool set = false;

	void wait()
	{
		std::unique_lock<std::mutex> lock(mutex);
		changed.wait(lock);
	}

	void wait_set()
	{
		std::unique_lock<std::mutex> lock(mutex);
		while (!set)
			changed.wait(lock);
	}
};

static event happened;

static void wait_adopted()
{
	happened.mutex.lock();
	std::unique_lock<std::mutex> lock(happened.mutex, std::adopt_lock);
	happened.changed.wait(lock);
}

static void wait_predicate()
{
	std::unique_lock<std::mutex> lock(happened.mutex);
	happened.changed.wait(lock, [] { return happened.set; });
}

static void wait_unique()
{
	std::unique_lock<std::mutex> lock(happened.mutex);
	happened.changed.wait(lock);
}

int main(int argc, char **argv)
{
	std::string how = argc > 1 ? argv[1] : "unique";
	{
		std::lock_guard<std::mutex> lock(happened.mutex);
		happened.changed.notify_one();
	}
	std::thread waiter([&] {
		if (how == "unique")
			wait_unique();
		else if (how == "adopted")
			wait_adopted();
		else if (how == "member")
			happened.wait();
		else if (how == "predicate")
			wait_predicate();
		else
			happened.wait_set();
	});
	waiter.join();
	return 0;
}
