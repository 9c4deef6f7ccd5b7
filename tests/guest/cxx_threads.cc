/* SPDX-License-Identifier: Apache-2.0
 *
 * What C++ programs do with threads: pools, async, call_once, futures, condition variables, shared
 * mutexes, thread_local destructors that lock. */
// expect: silent
#include "case.h"
#include <condition_variable>
#include <functional>
#include <future>
#include <mutex>
#include <queue>
#include <shared_mutex>
#include <stdexcept>
#include <thread>
#include <vector>

class Pool
{
	std::mutex mutex;
	std::condition_variable_any changed;
	std::queue<std::function<void()>> jobs;
	std::vector<std::thread> threads;
	bool closed = false;

	void work()
	{
		for (;;) {
			std::unique_lock<std::mutex> lock(mutex);
			changed.wait(lock, [&] { return closed || !jobs.empty(); });
			if (jobs.empty())
				return;
			auto job = std::move(jobs.front());
			jobs.pop();
			lock.unlock();
			job();
		}
	}

      public:
	explicit Pool(int n)
	{
		for (int i = 0; i < n; i++)
			threads.emplace_back([this] { work(); });
	}

	void run(std::function<void()> job)
	{
		{
			std::lock_guard<std::mutex> lock(mutex);
			jobs.push(std::move(job));
		}
		changed.notify_one();
	}

	~Pool()
	{
		{
			std::lock_guard<std::mutex> lock(mutex);
			closed = true;
		}
		changed.notify_all();
		for (auto &thread : threads)
			thread.join();
	}
};

static std::mutex late_mutex;
static int late_count;

struct Late {
	int used = 0;
	~Late()
	{
		std::lock_guard<std::mutex> lock(late_mutex);
		late_count += used;
	}
};
static thread_local Late late;

static long with_pool()
{
	std::shared_mutex mutex;
	long sum = 0, seen = 0;
	{
		Pool pool(4);
		for (int i = 0; i < 500; i++)
			pool.run([&, i] {
				late.used = 1;
				if (i % 5) {
					std::shared_lock<std::shared_mutex> lock(mutex);
					__atomic_add_fetch(&seen, sum >= 0, __ATOMIC_RELAXED);
				} else {
					std::unique_lock<std::shared_mutex> lock(mutex);
					sum += i;
				}
			});
	}
	return sum + seen;
}

static int with_async()
{
	std::once_flag once;
	int calls = 0;
	std::vector<std::future<int>> futures;
	for (int i = 0; i < 8; i++)
		futures.push_back(std::async(std::launch::async, [&, i] {
			std::call_once(once, [&] { calls++; });
			return i;
		}));
	int sum = 0;
	for (auto &future : futures)
		sum += future.get();
	return sum * 10 + calls;
}

static const char *with_exception()
{
	std::once_flag once;
	try {
		std::call_once(once, [] { throw std::runtime_error("first"); });
	} catch (const std::exception &) {
	}
	std::promise<int> promise;
	auto future = promise.get_future();
	std::thread thread([&] { promise.set_exception(std::make_exception_ptr(42)); });
	thread.join();
	try {
		future.get();
	} catch (int value) {
		return value == 42 ? "caught" : "wrong";
	}
	return "missed";
}

int main()
{
	printf("%ld\n", with_pool());
	printf("%d\n", with_async());
	puts(with_exception());
	printf("%s\n", late_count > 0 && late_count <= 4 ? "late" : "never");
	return 7;
}
