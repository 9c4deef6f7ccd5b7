/* SPDX-License-Identifier: Apache-2.0
 *
 * C++'s condition variables, flags and pools in correct programs: notifications after the unlock,
 * loops that live on time-outs, stop tokens, readers and a writer around a cache, tasks in a pool,
 * and once flags whose routine throws, or is asked for under a lock that it takes. */
// variants: after_unlock timeouts stop_token cache pool call_once statics
// expect: silent
// cflags: -std=gnu++20
#include "case.h"
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <functional>
#include <future>
#include <map>
#include <mutex>
#include <shared_mutex>
#include <string>
#include <thread>
#include <vector>

static std::mutex mutex;

static void after_unlock()
{
	std::condition_variable changed;
	std::deque<int> queue;
	std::thread consumer([&] {
		for (int next = 0; next < 20000; next++) {
			std::unique_lock lock(mutex);
			changed.wait(lock, [&] { return !queue.empty(); });
			CHECK(queue.front() == next);
			queue.pop_front();
		}
	});
	for (int i = 0; i < 20000; i++) {
		{
			std::lock_guard lock(mutex);
			queue.push_back(i);
		}
		changed.notify_one();
	}
	consumer.join();
}

static void timeouts()
{
	using namespace std::chrono_literals;
	std::condition_variable changed;
	bool stop = false;
	int ticks = 0;
	std::thread timer([&] {
		std::unique_lock lock(mutex);
		while (!changed.wait_for(lock, 1ms, [&] { return stop; }))
			ticks++;
	});
	std::this_thread::sleep_for(20ms);
	{
		std::lock_guard lock(mutex);
		stop = true;
	}
	changed.notify_all();
	timer.join();
}

static void stop_token()
{
	std::condition_variable_any changed;
	int work = 0;
	std::vector<std::jthread> workers;
	for (int i = 0; i < 3; i++)
		workers.emplace_back([&](std::stop_token stop) {
			std::unique_lock lock(mutex);
			while (changed.wait(lock, stop, [&] { return work > 0; }))
				work--;
		});
	for (int i = 0; i < 3000; i++) {
		std::lock_guard lock(mutex);
		work++;
		changed.notify_one();
	}
}

static void cache()
{
	std::shared_mutex guard;
	std::map<int, std::string> known;
	std::vector<std::jthread> threads;
	for (int t = 0; t < 3; t++)
		threads.emplace_back([&, t] {
			for (int i = 0; i < 20000; i++) {
				int key = (i * 7 + t) % 512;
				{
					std::shared_lock lock(guard);
					if (known.count(key))
						continue;
				}
				std::unique_lock lock(guard);
				known.emplace(key, std::to_string(key));
			}
		});
}

class pool
{
	std::mutex own;
	std::condition_variable work;
	std::deque<std::packaged_task<int()>> tasks;
	bool stop = false;
	std::vector<std::thread> threads;

	void run()
	{
		std::unique_lock lock(own);
		for (;;) {
			work.wait(lock, [&] { return stop || !tasks.empty(); });
			if (tasks.empty())
				return;
			auto task = std::move(tasks.front());
			tasks.pop_front();
			lock.unlock();
			task();
			lock.lock();
		}
	}

      public:
	explicit pool(int n)
	{
		while (n--)
			threads.emplace_back([this] { run(); });
	}
	~pool()
	{
		{
			std::lock_guard lock(own);
			stop = true;
		}
		work.notify_all();
		for (auto &t : threads)
			t.join();
	}
	std::future<int> add(std::function<int()> f)
	{
		std::packaged_task<int()> task(std::move(f));
		auto result = task.get_future();
		std::lock_guard lock(own);
		tasks.push_back(std::move(task));
		work.notify_one();
		return result;
	}
};

/* Every task runs within the once flag of its future's state, and locks. */
static void pool_of_tasks()
{
	pool p(3);
	long sum = 0, shared = 0;
	for (int round = 0; round < 100; round++) {
		std::vector<std::future<int>> results;
		for (int i = 0; i < 50; i++)
			results.push_back(p.add([&, i] {
				std::lock_guard lock(mutex);
				shared++;
				return i;
			}));
		for (auto &r : results) {
			std::lock_guard lock(mutex);
			sum += 1;
			(void)r;
		}
		for (auto &r : results)
			sum += r.get();
	}
	CHECK(shared == 5000 && sum == 100 * (49 * 25 + 50));
}

static void call_once()
{
	static std::once_flag flag;
	std::atomic<int> runs{0};
	std::vector<std::jthread> threads;
	auto routine = [&] {
		std::lock_guard lock(mutex);
		if (runs++ < 2)
			throw runs.load();
	};
	for (int t = 0; t < 3; t++)
		threads.emplace_back([&] {
			for (;;)
				try {
					std::call_once(flag, routine);
					return;
				} catch (int) {
				}
		});
	threads.clear();
	CHECK(runs == 3);
	for (int t = 0; t < 3; t++)
		threads.emplace_back([&] {
			std::lock_guard lock(mutex);
			std::call_once(flag, routine);
		});
}

struct counted {
	static inline std::atomic<int> made{0};
	counted()
	{
		std::lock_guard lock(mutex);
		if (made++ == 0)
			throw 1;
	}
};

static counted &single()
{
	static counted one;
	return one;
}

static void statics()
{
	std::vector<std::jthread> threads;
	for (int t = 0; t < 4; t++)
		threads.emplace_back([&] {
			for (;;)
				try {
					single();
					break;
				} catch (int) {
				}
			std::lock_guard lock(mutex);
			single();
		});
	threads.clear();
	CHECK(counted::made == 2);
}

int main(int argc, char **argv)
{
	static const struct {
		const char *name;
		void (*run)();
	} variants[] = {{"after_unlock", after_unlock},
			{"timeouts", timeouts},
			{"stop_token", stop_token},
			{"cache", cache},
			{"pool", pool_of_tasks},
			{"call_once", call_once},
			{"statics", statics}};
	CHECK(argc == 2);
	for (auto &v : variants)
		if (!strcmp(argv[1], v.name)) {
			v.run();
			puts("done");
			return 0;
		}
	return 3;
}
