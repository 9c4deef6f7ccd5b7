// SPDX-License-Identifier: Apache-2.0
//
// As inversion_written_between.c, with std::shared_mutex and std::shared_timed_mutex, and the two
// locks reached through pointers that the writer swaps.
// variants: swapped kept timed
// expect: lock-order-inversion suspect
// expect[kept]: lock-order-inversion predicted
#include <mutex>
#include <shared_mutex>
#include <thread>
#include "case.h"

static std::mutex one, two;
static std::mutex *first = &one, *second = &two;

template <class Shared> static void in_order(Shared &outer)
{
	std::shared_lock<Shared> reads(outer);
	std::lock_guard<std::mutex> hold(*first);
	std::lock_guard<std::mutex> inner(*second);
}

template <class Shared> static void in_the_other(Shared &outer)
{
	std::shared_lock<Shared> reads(outer);
	std::lock_guard<std::mutex> hold(*second);
	std::lock_guard<std::mutex> inner(*first);
}

template <class Shared> static void run(bool kept)
{
	Shared outer;
	std::thread other([&] {
		turn_await(1);
		if (kept)
			in_the_other(outer);
		else
			in_order(outer);
		turn_next();
	});
	in_order(outer);
	if (!kept) {
		std::unique_lock<Shared> writes(outer);
		std::swap(first, second);
	}
	turn_next();
	turn_await(2);
	other.join();
}

int main(int argc, char **argv)
{
	const char *how = argc > 1 ? argv[1] : "swapped";
	if (!strcmp(how, "timed"))
		run<std::shared_timed_mutex>(false);
	else
		run<std::shared_mutex>(!strcmp(how, "kept"));
	puts("done");
	return 5;
}
