/* SPDX-License-Identifier: Apache-2.0
 *
 * What C++ programs do about lock order: std::lock, std::scoped_lock, try_to_lock, deferred locks,
 * timed locks, shared locks, and mutexes built in memory that held another one. */
// variants: lock scoped try timed shared reuse recursive wait
// expect: silent
#include "case.h"
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <new>
#include <shared_mutex>
#include <string>
#include <thread>

static std::mutex a, b;

/* Two threads that nothing orders: the first runs in odd turns, the second in even ones. */
template <class First, class Second> static void alternate(int rounds, First first, Second second)
{
	std::thread one([&] {
		for (int i = 0; i < rounds; i++) {
			turn_await(2 * i + 1);
			first();
			turn_next();
		}
	});
	std::thread two([&] {
		for (int i = 0; i < rounds; i++) {
			turn_await(2 * i + 2);
			second();
			turn_next();
		}
	});
	turn_next();
	one.join();
	two.join();
}

static void with_std_lock(std::mutex &x, std::mutex &y)
{
	std::unique_lock<std::mutex> first(x, std::defer_lock), second(y, std::defer_lock);
	std::lock(first, second);
}

static void shared()
{
	std::shared_mutex x, y;
	alternate(
		3, [&] { std::shared_lock<std::shared_mutex> first(x), second(y); },
		[&] { std::shared_lock<std::shared_mutex> first(y), second(x); });
}

static void timed()
{
	std::timed_mutex x, y;
	alternate(
		3,
		[&] {
			std::unique_lock<std::timed_mutex> first(x);
			CHECK(y.try_lock_for(std::chrono::seconds(10)));
			y.unlock();
		},
		[&] {
			std::unique_lock<std::timed_mutex> first(y);
			CHECK(x.try_lock_until(std::chrono::system_clock::now() +
					       std::chrono::seconds(10)));
			x.unlock();
		});
}

/* std::mutex has no destructor of its own: nothing says that the old one has gone. */
static void reuse()
{
	alignas(std::mutex) static char place[sizeof(std::mutex)];
	alternate(
		5,
		[&] {
			auto *mutex = new (place) std::mutex;
			std::lock_guard<std::mutex> first(*mutex), second(a);
		},
		[&] {
			auto *mutex = new (place) std::mutex;
			std::lock_guard<std::mutex> first(a), second(*mutex);
		});
}

static void recursive()
{
	std::recursive_mutex x;
	alternate(
		3,
		[&] {
			std::lock_guard<std::recursive_mutex> first(x);
			std::lock_guard<std::mutex> second(a);
			std::lock_guard<std::recursive_mutex> again(x);
		},
		[&] {
			std::lock_guard<std::recursive_mutex> first(x), again(x);
			std::lock_guard<std::mutex> second(a);
		});
}

static void wait()
{
	std::condition_variable changed;
	bool ready = false;
	std::thread waiter([&] {
		std::unique_lock<std::mutex> lock(a);
		changed.wait(lock, [&] { return ready; });
		CHECK(!changed.wait_for(lock, std::chrono::milliseconds(5), [] { return false; }));
	});
	{
		std::lock_guard<std::mutex> lock(a);
		ready = true;
	}
	changed.notify_all();
	waiter.join();
}

int main(int, char **argv)
{
	std::string how = argv[1] ? argv[1] : "lock";
	if (how == "lock")
		alternate(
			3, [] { with_std_lock(a, b); }, [] { with_std_lock(b, a); });
	else if (how == "scoped")
		alternate(
			3, [] { std::scoped_lock l(a, b); }, [] { std::scoped_lock l(b, a); });
	else if (how == "try")
		alternate(
			3, [] { std::lock_guard<std::mutex> f(a), s(b); },
			[] {
				std::lock_guard<std::mutex> f(b);
				std::unique_lock<std::mutex> s(a, std::try_to_lock);
				CHECK(s.owns_lock());
			});
	else if (how == "timed")
		timed();
	else if (how == "shared")
		shared();
	else if (how == "reuse")
		reuse();
	else if (how == "recursive")
		recursive();
	else
		wait();
	puts("done");
	return 7;
}
