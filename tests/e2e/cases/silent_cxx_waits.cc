/* SPDX-License-Identifier: Apache-2.0
 *
 * C++20's ways to wait, used as they should be: what is woken in time, by whomever, is no finding.
 */
// variants: promises async latch barrier semaphores atomic timed
// expect: silent
// cflags: -std=gnu++20
#include "case.h"
#include <atomic>
#include <barrier>
#include <chrono>
#include <future>
#include <latch>
#include <semaphore>
#include <thread>
#include <vector>

static void promises()
{
	long sum = 0;
	for (int round = 0; round < 500; round++) {
		std::vector<std::promise<int>> made(8);
		std::vector<std::future<int>> results;
		for (auto &p : made)
			results.push_back(p.get_future());
		std::thread one([&] {
			for (int i = 0; i < 4; i++)
				made[i].set_value(i);
		});
		std::thread two([&] {
			for (int i = 4; i < 8; i++)
				made[i].set_value(i);
		});
		for (auto &r : results)
			sum += r.get();
		one.join();
		two.join();
	}
	CHECK(sum == 500 * 28);
}

static void async()
{
	for (int i = 0; i < 300; i++) {
		auto a = std::async(std::launch::async, [i] { return i; });
		auto b = std::async(std::launch::deferred, [&] { return a.get() + 1; });
		CHECK(b.get() == i + 1);
	}
	auto fails = std::async(std::launch::async, []() -> int { throw 1; });
	try {
		fails.get();
		CHECK(false);
	} catch (int) {
	}
}

static void latch()
{
	for (int round = 0; round < 300; round++) {
		std::latch ready(3), go(1);
		std::vector<std::jthread> threads;
		for (int i = 0; i < 3; i++)
			threads.emplace_back([&] {
				ready.count_down();
				go.wait();
			});
		ready.wait();
		go.count_down();
	}
}

static void barrier()
{
	int phases = 0;
	std::barrier phase(3, [&]() noexcept { phases++; });
	std::vector<std::jthread> threads;
	for (int i = 0; i < 3; i++)
		threads.emplace_back([&] {
			for (int n = 0; n < 3000; n++)
				phase.arrive_and_wait();
		});
	threads.clear();
	CHECK(phases == 3000);
}

/* Each sleeps until the other has gone on. */
static void semaphores()
{
	std::binary_semaphore ping(0), pong(0);
	std::thread other([&] {
		for (int i = 0; i < 20000; i++) {
			ping.acquire();
			pong.release();
		}
	});
	for (int i = 0; i < 20000; i++) {
		ping.release();
		pong.acquire();
	}
	other.join();
}

static void atomic()
{
	std::atomic<int> turn{0};
	std::atomic<long long> wide{0};
	std::thread other([&] {
		for (int i = 0; i < 20000; i++) {
			turn.wait(2 * i);
			turn++;
			turn.notify_all();
			wide++;
			wide.notify_one();
		}
	});
	for (int i = 0; i < 20000; i++) {
		turn++;
		turn.notify_one();
		turn.wait(2 * i + 1);
		wide.wait(i);
	}
	other.join();
}

/* Everybody sleeps, but not for good. */
static void timed()
{
	using namespace std::chrono_literals;
	std::promise<void> never;
	auto result = never.get_future();
	std::binary_semaphore none(0);
	std::thread other([&] { CHECK(!none.try_acquire_for(30ms)); });
	CHECK(result.wait_for(50ms) == std::future_status::timeout);
	other.join();
}

int main(int argc, char **argv)
{
	static const struct {
		const char *name;
		void (*run)();
	} variants[] = {{"promises", promises}, {"async", async},           {"latch", latch},
			{"barrier", barrier},   {"semaphores", semaphores}, {"atomic", atomic},
			{"timed", timed}};
	CHECK(argc == 2);
	for (auto &v : variants)
		if (!strcmp(argv[1], v.name)) {
			v.run();
			puts("done");
			return 0;
		}
	return 3;
}
