/* SPDX-License-Identifier: Apache-2.0
 *
 * std::call_once: a routine that asks for its own flag; and one that takes a mutex which a caller
 * holds while it waits for the routine. */
// variants: recursion ring
// expect[recursion]: self-deadlock confirmed
// expect[ring]: deadlock confirmed
// hangs
// stdout: -
// json: any(o.type == "once control" for o in f.objects)
// json: any("initialise" in (x.function or "") for s in f.stacks for x in s.frames)
#include "case.h"
#include <mutex>
#include <thread>

static std::once_flag flag;
static std::mutex mutex;
static bool ring;

static void initialise()
{
	if (!ring) {
		std::call_once(flag, initialise);
		return;
	}
	turn_next();
	turn_await(2);
	std::lock_guard<std::mutex> guard(mutex);
}

int main(int argc, char **argv)
{
	ring = argc == 2 && !strcmp(argv[1], "ring");
	std::thread other;
	if (ring)
		other = std::thread([] {
			std::lock_guard<std::mutex> guard(mutex);
			turn_next();
			turn_await(2);
			std::call_once(flag, initialise);
		});
	std::call_once(flag, initialise);
	other.join();
	puts("not reached");
	return 0;
}
