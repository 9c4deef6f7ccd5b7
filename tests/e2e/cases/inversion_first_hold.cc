/* SPDX-License-Identifier: Apache-2.0
 *
 * New objects with a std::mutex, of which nobody sees when they were made: each is locked for the
 * first time in its life while it is put on a list. That looks like what it is, and is a suspect;
 * where one of them is locked there a second time, where only one was born there, or where they
 * were locked before, the inversion is predicted. */
// variants: all second one before
// expect[all]: lock-order-inversion suspect
// count: some
// expect: lock-order-inversion predicted
// status[all]: own
#include "case.h"
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

struct object {
	std::mutex mutex;
	int state = 0;
};

static std::mutex list_mutex;
static std::vector<object *> list;
static std::vector<std::unique_ptr<object>> made;

static void __attribute__((noinline)) put(object *o)
{
	std::lock_guard<std::mutex> own(o->mutex);
	std::lock_guard<std::mutex> all(list_mutex);
	list.push_back(o);
	o->state = 1;
}

static void create(const char *how)
{
	for (auto &o : made) {
		put(o.get());
		if (!strcmp(how, "second") && &o == &made.back())
			put(o.get());
	}
	turn_next();
}

static void visit()
{
	turn_await(1);
	std::lock_guard<std::mutex> all(list_mutex);
	for (object *o : list) {
		std::lock_guard<std::mutex> one(o->mutex);
		CHECK(o->state == 1);
	}
}

int main(int argc, char **argv)
{
	const char *how = argc > 1 ? argv[1] : "all";
	for (int i = 0; i < (strcmp(how, "one") ? 8 : 1); i++)
		made.push_back(std::make_unique<object>());
	if (!strcmp(how, "before"))
		for (auto &o : made)
			std::lock_guard<std::mutex> early(o->mutex);
	std::thread a(create, how), b(visit);
	a.join();
	b.join();
	puts("done");
	return 5;
}
