/* SPDX-License-Identifier: Apache-2.0
 *
 * C++'s locks are held while another thread waits, until that has been told.
 */
// cflags: -I. -Wno-sign-compare
// variants: mutex recursive shared scoped
// options: held_ms=100
// expect: blocking-under-lock suspect
// json: roles(f) == ["holds", "blocked", "waits"]
// json: f.stacks[1].running
// json: any(x.function.startswith("compute") for x in f.stacks[1].frames)
#include <atomic>
#include <mutex>
#include <shared_mutex>
#include <thread>
#include "glimpse.h"

static std::atomic<bool> told;
static std::atomic<int> turn;
static volatile double value;

static __attribute__((noinline)) void compute()
{
	turn = 1;
	while (!told)
		for (int i = 0; i < 1000; i++)
			value = value + i;
}

template <typename Lock, typename Mutex> static void hold_and_wait(Mutex &m)
{
	std::thread holder([&] {
		Lock lock(m);
		compute();
	});
	while (!turn)
		std::this_thread::yield();
	std::thread waiter([&] { std::unique_lock<Mutex> lock(m); });
	await_glimpses(1);
	told = true;
	holder.join();
	waiter.join();
}

static std::mutex plain;
static std::recursive_mutex recursive;
static std::shared_mutex shared;

int main(int argc, char **argv)
{
	const char *how = argc > 1 ? argv[1] : "mutex";
	if (!strcmp(how, "recursive"))
		hold_and_wait<std::lock_guard<std::recursive_mutex>>(recursive);
	else if (!strcmp(how, "shared"))
		hold_and_wait<std::shared_lock<std::shared_mutex>>(shared);
	else if (!strcmp(how, "scoped"))
		hold_and_wait<std::scoped_lock<std::mutex>>(plain);
	else
		hold_and_wait<std::unique_lock<std::mutex>>(plain);
	puts("done");
	return 0;
}
