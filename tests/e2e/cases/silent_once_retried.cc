/* SPDX-License-Identifier: Apache-2.0
 *
 * A once routine that fails again and again, asked for under one mutex and taking another one, in
 * one order always; and attempts of which none holds what another takes. Attempts without end need
 * no room: the recording of them stays small. */
// variants: ordered apart
// expect: silent
// json: not unrecorded
// options: max_recording=4
#include "case.h"
#include <mutex>
#include <thread>

static std::once_flag flag;
static std::mutex outer, inner;
static int attempts;

static void fails()
{
	std::lock_guard<std::mutex> guard(inner);
	attempts++;
	throw 1;
}

static void fails_alone()
{
	attempts++;
	throw 1;
}

static void try_again(bool ordered)
{
	for (int i = 0; i < 20000; i++) {
		std::lock_guard<std::mutex> guard(ordered ? outer : inner);
		try {
			std::call_once(flag, ordered ? fails : fails_alone);
		} catch (int) {
		}
	}
}

int main(int argc, char **argv)
{
	CHECK(argc == 2);
	bool ordered = !strcmp(argv[1], "ordered");
	std::thread one(try_again, ordered), two(try_again, ordered);
	one.join();
	two.join();
	printf("%d\n", attempts);
	return 0;
}
