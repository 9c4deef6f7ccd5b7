/* SPDX-License-Identifier: Apache-2.0
 *
 * Function-local statics whose initialisers need each other: two threads that begin at either end;
 * and one that waits for a mutex whose holder needs the static. The C++ runtime sleeps for a
 * static's initialisation on a futex.
 */
// variants: two mutex
// expect: deadlock confirmed
// hangs
// stdout: -
// json: "asleep" in f.why
// json: any("first" in (x.function or "") for s in f.stacks for x in s.frames)
#include "case.h"
#include <mutex>
#include <thread>

static std::mutex mutex;

static int second();

static int first(bool locks)
{
	static int value = [=] {
		turn_next();
		turn_await(2);
		if (locks) {
			std::lock_guard<std::mutex> guard(mutex);
			return 1;
		}
		return second() + 1;
	}();
	return value;
}

static int second()
{
	static int value = [] {
		turn_next();
		turn_await(2);
		return first(false) + 1;
	}();
	return value;
}

int main(int argc, char **argv)
{
	CHECK(argc == 2);
	bool with_mutex = !strcmp(argv[1], "mutex");
	std::thread other([=] {
		if (!with_mutex) {
			second();
			return;
		}
		std::lock_guard<std::mutex> guard(mutex);
		turn_next();
		turn_await(2);
		first(false);
	});
	first(with_mutex);
	other.join();
	puts("not reached");
	return 0;
}
