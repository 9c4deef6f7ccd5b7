/* SPDX-License-Identifier: Apache-2.0
 *
 * The same in C++: queues, pools, caches and phases made of the standard library. */
// expect: silent
// variants: queue pool cache phases futures any
// cflags: -std=gnu++20
#include <atomic>
#include <barrier>
#include <condition_variable>
#include <cstdio>
#include <cstring>
#include <deque>
#include <functional>
#include <future>
#include <latch>
#include <map>
#include <mutex>
#include <semaphore>
#include <shared_mutex>
#include <thread>
#include <vector>

namespace
{

constexpr int threads = 4;

void each(const std::function<void(int)> &work)
{
	std::vector<std::jthread> all;
	for (int i = 0; i < threads; i++)
		all.emplace_back(work, i);
}

template <class Condition, class Lock> void run_queue(Condition &changed, Lock &mutex)
{
	std::deque<int> items;
	constexpr int count = 200000;
	std::atomic<long> sum = 0;
	std::jthread consumer([&] {
		for (int i = 0; i < count; i++) {
			std::unique_lock lock(mutex);
			changed.wait(lock, [&] { return !items.empty(); });
			sum += items.front();
			items.pop_front();
			if (items.size() < 10)
				changed.notify_all();
		}
	});
	for (int i = 0; i < count; i++) {
		std::unique_lock lock(mutex);
		changed.wait(lock, [&] { return items.size() < 100; });
		items.push_back(1);
		lock.unlock();
		changed.notify_all();
	}
	consumer.join();
	std::printf("%ld\n", sum.load());
}

void queue()
{
	std::condition_variable changed;
	std::mutex mutex;
	run_queue(changed, mutex);
}

void any()
{
	std::condition_variable_any changed;
	std::shared_mutex mutex;
	run_queue(changed, mutex);
}

class pool_of_threads
{
      public:
	pool_of_threads()
	{
		for (int i = 0; i < threads; i++)
			workers.emplace_back([this] { work(); });
	}
	~pool_of_threads()
	{
		{
			std::lock_guard lock(mutex);
			stopping = true;
		}
		changed.notify_all();
	}
	std::future<int> submit(std::packaged_task<int()> job)
	{
		auto future = job.get_future();
		{
			std::lock_guard lock(mutex);
			jobs.push_back(std::move(job));
		}
		changed.notify_one();
		return future;
	}

      private:
	void work()
	{
		for (;;) {
			std::unique_lock lock(mutex);
			changed.wait(lock, [this] { return stopping || !jobs.empty(); });
			if (jobs.empty())
				return;
			auto job = std::move(jobs.front());
			jobs.pop_front();
			lock.unlock();
			job();
		}
	}
	std::mutex mutex;
	std::condition_variable changed;
	std::deque<std::packaged_task<int()>> jobs;
	bool stopping = false;
	std::vector<std::jthread> workers;
};

void pool()
{
	pool_of_threads workers;
	std::vector<std::future<int>> results;
	for (int i = 0; i < 50000; i++)
		results.push_back(workers.submit(std::packaged_task<int()>([i] { return i % 7; })));
	long sum = 0;
	for (auto &result : results)
		sum += result.get();
	std::printf("%ld\n", sum);
}

void cache()
{
	std::shared_mutex mutex;
	std::map<int, int> entries;
	each([&](int me) {
		for (int i = 0; i < 100000; i++) {
			if (i % 20 == me) {
				std::unique_lock lock(mutex);
				entries[i % 100]++;
			} else {
				std::shared_lock lock(mutex);
				(void)entries.count(i % 100);
			}
		}
	});
}

void phases()
{
	std::barrier<> barrier(threads);
	std::latch ready(threads);
	std::counting_semaphore<2> two(2);
	each([&](int) {
		ready.arrive_and_wait();
		for (int i = 0; i < 5000; i++) {
			two.acquire();
			two.release();
			barrier.arrive_and_wait();
		}
	});
}

void futures()
{
	for (int i = 0; i < 3000; i++) {
		std::promise<int> promise;
		auto result = promise.get_future();
		std::jthread setter([&promise, i] { promise.set_value(i); });
		if (result.get() != i)
			std::abort();
	}
	auto later = std::async(std::launch::async, [] { return 1; });
	std::printf("%d\n", later.get());
}

} // namespace

int main(int argc, char **argv)
{
	const std::map<std::string, void (*)()> all = {{"queue", queue},     {"pool", pool},
						       {"cache", cache},     {"phases", phases},
						       {"futures", futures}, {"any", any}};
	auto found = all.find(argc > 1 ? argv[1] : "");
	if (found != all.end())
		found->second();
	std::puts("done");
}
