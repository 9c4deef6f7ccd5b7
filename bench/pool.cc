// SPDX-License-Identifier: Apache-2.0
//
// A C++ thread pool at work: pool [JOBS]
// Four workers take jobs (futures) from a queue; each job looks into a cache under a
// std::shared_mutex, computes a little, and adds to one of 16 accounts under a lock of its own.
// Small on purpose, so that it can be built with ThreadSanitizer as well.
#include <array>
#include <condition_variable>
#include <cstdio>
#include <cstdlib>
#include <deque>
#include <future>
#include <map>
#include <memory>
#include <mutex>
#include <shared_mutex>
#include <thread>
#include <vector>

namespace
{

class Pool
{
      public:
	explicit Pool(unsigned workers)
	{
		for (unsigned i = 0; i < workers; i++)
			threads.emplace_back([this] { work(); });
	}

	~Pool()
	{
		{
			std::lock_guard<std::mutex> hold(mutex);
			stopping = true;
		}
		wake.notify_all();
		for (auto &thread : threads)
			thread.join();
	}

	template <class F> std::future<long> submit(F f)
	{
		std::packaged_task<long()> task(std::move(f));
		auto result = task.get_future();
		{
			std::lock_guard<std::mutex> hold(mutex);
			tasks.push_back(std::move(task));
		}
		wake.notify_one();
		return result;
	}

      private:
	void work()
	{
		std::unique_lock<std::mutex> hold(mutex);
		for (;;) {
			wake.wait(hold, [this] { return stopping || !tasks.empty(); });
			if (tasks.empty())
				return;
			auto task = std::move(tasks.front());
			tasks.pop_front();
			hold.unlock();
			task();
			hold.lock();
		}
	}

	std::mutex mutex;
	std::condition_variable wake;
	std::deque<std::packaged_task<long()>> tasks;
	std::vector<std::thread> threads;
	bool stopping = false;
};

long compute(long seed)
{
	unsigned long x = static_cast<unsigned long>(seed) + 1;
	for (int i = 0; i < 500; i++)
		x = x * 6364136223846793005UL + 1442695040888963407UL;
	return static_cast<long>(x >> 40);
}

class Cache
{
      public:
	long get(long key)
	{
		{
			std::shared_lock<std::shared_mutex> hold(mutex);
			auto found = values.find(key);
			if (found != values.end())
				return found->second;
		}
		std::unique_lock<std::shared_mutex> hold(mutex);
		return values.emplace(key, compute(key)).first->second;
	}

      private:
	std::shared_mutex mutex;
	std::map<long, long> values;
};

struct Account {
	std::mutex mutex;
	long balance = 0;
};

} // namespace

int main(int argc, char **argv)
{
	long jobs = argc > 1 ? std::atol(argv[1]) : 100000, sum = 0;
	Cache cache;
	std::array<Account, 16> accounts;
	std::vector<std::future<long>> results;
	{
		Pool pool(4);
		for (long i = 0; i < jobs; i++)
			results.push_back(pool.submit([&, i] {
				long value = cache.get(i % 256) + compute(i);
				Account &account = accounts[static_cast<unsigned long>(i) % 16];
				std::lock_guard<std::mutex> hold(account.mutex);
				account.balance += value;
				return value;
			}));
		for (auto &result : results)
			sum += result.get();
	}
	for (auto &account : accounts)
		sum -= account.balance;
	std::printf("%ld jobs, difference %ld\n", jobs, sum);
	return sum != 0;
}
