/* SPDX-License-Identifier: Apache-2.0
 *
 * Everybody sleeps in what C++ builds on the futex system call: a future whose promise nobody
 * keeps, a latch that is short of a count, a barrier that is short of a party, two semaphores taken
 * in opposite orders, an atomic that nobody changes, a thread that waits for its own future. */
// variants: future shared_future latch barrier semaphores atomic wide_atomic packaged
// expect: deadlock confirmed
// hangs
// stdout: -
// cflags: -std=gnu++20
// json: "asleep" in f.why
// text[future]: fix: Set each promise
// text[shared_future]: fix: Set each promise
// text[packaged]: fix: Set each promise
// text[latch]: fix: Let the latch be counted down
// text[barrier]: fix: Let as many threads arrive
// text[semaphores]: fix: Release the semaphore
// text[atomic]: fix: Find who should have woken
// json: any(o.type == "futex" for o in f.objects)
#include "case.h"
#include <atomic>
#include <barrier>
#include <future>
#include <latch>
#include <semaphore>
#include <thread>

static void future()
{
	std::promise<int> promise;
	std::future<int> result = promise.get_future();
	std::thread forgetful([&] { (void)promise; });
	forgetful.join();
	printf("%d\n", result.get());
}

static void shared_future()
{
	std::promise<void> go;
	std::shared_future<void> when = go.get_future().share();
	std::thread one([=] { when.wait(); }), two([=] { when.wait(); });
	one.join();
	two.join();
}

static void latch()
{
	std::latch done(3);
	std::thread one([&] { done.count_down(); }), two([&] { done.count_down(); });
	one.join();
	two.join();
	done.wait();
}

static void barrier()
{
	std::barrier<> phase(3);
	std::thread one([&] { phase.arrive_and_wait(); });
	phase.arrive_and_wait();
	one.join();
}

static void semaphores()
{
	std::binary_semaphore a(1), b(1);
	std::thread one([&] {
		a.acquire();
		turn_next();
		turn_await(2);
		b.acquire();
		b.release();
		a.release();
	});
	std::thread two([&] {
		b.acquire();
		turn_next();
		turn_await(2);
		a.acquire();
		a.release();
		b.release();
	});
	one.join();
	two.join();
}

static void atomic()
{
	static std::atomic<int> value{0};
	std::thread one([] { value.wait(0); });
	one.join();
}

/* No futex is that wide: the library sleeps on a word of its own. */
static void wide_atomic()
{
	static std::atomic<long long> value{0};
	std::thread one([] { value.wait(0); });
	one.join();
}

/* The task waits for its own result. */
static void packaged()
{
	static std::shared_future<int> own;
	std::packaged_task<int()> task([] { return own.get(); });
	own = task.get_future().share();
	task();
}

int main(int argc, char **argv)
{
	static const struct {
		const char *name;
		void (*run)();
	} variants[] = {{"future", future},
			{"shared_future", shared_future},
			{"latch", latch},
			{"barrier", barrier},
			{"semaphores", semaphores},
			{"atomic", atomic},
			{"wide_atomic", wide_atomic},
			{"packaged", packaged}};
	CHECK(argc == 2);
	for (auto &v : variants)
		if (!strcmp(argv[1], v.name))
			v.run();
	puts("not reached");
	return 0;
}
