/* SPDX-License-Identifier: Apache-2.0
 *
 * A once routine takes a mutex and throws. The next attempt is made by a thread that holds the
 * mutex. It goes well here, since the first one was over by then; had it not been, each would have
 * waited for the other. */
// expect: lock-order-inversion predicted
// json: any(o.type == "once control" for o in f.objects)
#include "case.h"
#include <mutex>
#include <thread>

static std::once_flag flag;
static std::mutex mutex;

static void fails()
{
	std::lock_guard<std::mutex> guard(mutex);
	throw 1;
}

static void succeeds()
{
}

int main()
{
	std::thread one([] {
		try {
			std::call_once(flag, fails);
		} catch (int) {
			turn_next();
		}
	});
	std::thread two([] {
		turn_await(1);
		std::lock_guard<std::mutex> guard(mutex);
		std::call_once(flag, succeeds);
	});
	one.join();
	two.join();
	puts("done");
	return 0;
}
