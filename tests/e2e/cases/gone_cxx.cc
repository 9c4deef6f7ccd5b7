/* SPDX-License-Identifier: Apache-2.0
 *
 * C++: an object is deleted, or a function left, while a mutex in it is locked.
 */
// variants: local thrown deleted shared
// expect: destroy-while-locked confirmed
// expect[deleted]: destroy-while-locked suspect
#include <mutex>
#include <shared_mutex>
#include "case.h"

struct item {
	long number = 0;
	std::mutex mutex;
};

static std::mutex other;
static const char *how;

static __attribute__((noinline)) void leave()
{
	std::mutex local;
	std::shared_mutex shared;
	if (!strcmp(how, "shared"))
		shared.lock_shared();
	else
		local.lock();
	if (!strcmp(how, "thrown"))
		throw 1;
}

int main(int argc, char **argv)
{
	how = argc > 1 ? argv[1] : "local";
	if (!strcmp(how, "deleted")) {
		item *i = new item;
		i->mutex.lock();
		delete i;
	} else {
		try {
			leave();
		} catch (int) {
		}
	}
	{
		std::lock_guard<std::mutex> lock(other);
	}
	puts("done");
	return 0;
}
