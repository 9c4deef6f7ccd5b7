/* SPDX-License-Identifier: Apache-2.0
 *
 * The C++ standard library's locks, taken in opposite orders by two threads that never overlap. */
// variants: mutex recursive timed recursive-timed shared shared-timed shared-read
// expect: lock-order-inversion predicted
// json: len(f.threads) == 2
// text[mutex]: Account<std::mutex>::transfer
#include "case.h"
#include <mutex>
#include <shared_mutex>
#include <string>
#include <thread>

template <class Mutex> struct Account {
	Mutex mutex;
	int money = 100;

	void transfer(Account &to, int amount)
	{
		std::lock_guard<Mutex> mine(mutex);
		std::lock_guard<Mutex> theirs(to.mutex);
		money -= amount;
		to.money += amount;
	}
};

template <class Mutex> static void scenario()
{
	Account<Mutex> a, b;
	std::thread one([&] {
		turn_await(1);
		a.transfer(b, 10);
		turn_next();
	});
	std::thread two([&] {
		turn_await(2);
		b.transfer(a, 5);
	});
	turn_next();
	one.join();
	two.join();
	printf("%d %d\n", a.money, b.money);
}

/* A writer of one, a reader of the other. */
static void shared_read()
{
	std::shared_mutex a, b;
	std::thread one([&] {
		turn_await(1);
		std::unique_lock<std::shared_mutex> mine(a);
		std::shared_lock<std::shared_mutex> theirs(b);
		turn_next();
	});
	std::thread two([&] {
		turn_await(2);
		std::unique_lock<std::shared_mutex> mine(b);
		std::shared_lock<std::shared_mutex> theirs(a);
	});
	turn_next();
	one.join();
	two.join();
	puts("done");
}

int main(int, char **argv)
{
	std::string how = argv[1] ? argv[1] : "mutex";
	if (how == "mutex")
		scenario<std::mutex>();
	else if (how == "recursive")
		scenario<std::recursive_mutex>();
	else if (how == "timed")
		scenario<std::timed_mutex>();
	else if (how == "recursive-timed")
		scenario<std::recursive_timed_mutex>();
	else if (how == "shared")
		scenario<std::shared_mutex>();
	else if (how == "shared-timed")
		scenario<std::shared_timed_mutex>();
	else
		shared_read();
	return 5;
}
