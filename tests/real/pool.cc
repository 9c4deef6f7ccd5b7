// SPDX-License-Identifier: Apache-2.0
//
// A thread pool as C++ programs have them: tasks, futures, a shared cache under a
// std::shared_mutex, several locks at once by std::scoped_lock, std::call_once, timed waits and an
// orderly end.  It is correct: snarl must stay silent, and its output must be the same with and
// without it.
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdio>
#include <deque>
#include <functional>
#include <future>
#include <map>
#include <memory>
#include <mutex>
#include <shared_mutex>
#include <stdexcept>
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

	template <class F> auto submit(F f) -> std::future<decltype(f())>
	{
		auto task = std::make_shared<std::packaged_task<decltype(f())()>>(std::move(f));
		auto result = task->get_future();
		{
			std::lock_guard<std::mutex> hold(mutex);
			tasks.emplace_back([task] { (*task)(); });
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
	std::deque<std::function<void()>> tasks;
	std::vector<std::thread> threads;
	bool stopping = false;
};

class Cache
{
      public:
	long get(int key)
	{
		{
			std::shared_lock<std::shared_mutex> hold(mutex);
			auto found = values.find(key);
			if (found != values.end())
				return found->second;
		}
		std::unique_lock<std::shared_mutex> hold(mutex);
		return values.emplace(key, static_cast<long>(key) * key).first->second;
	}

      private:
	std::shared_mutex mutex;
	std::map<int, long> values;
};

struct Account {
	std::mutex mutex;
	long balance = 1000;
};

// Both orders happen, and neither can deadlock: scoped_lock backs off.
void transfer(Account &from, Account &to, long sum)
{
	std::scoped_lock hold(from.mutex, to.mutex);
	from.balance -= sum;
	to.balance += sum;
}

std::once_flag once;
std::atomic<int> initialised{0};
std::recursive_mutex recursive;

int depth(int n)
{
	std::lock_guard<std::recursive_mutex> hold(recursive);
	return n ? 1 + depth(n - 1) : 0;
}

long job(Cache &cache, std::vector<Account> &accounts, int i)
{
	std::call_once(once, [] { initialised++; });
	transfer(accounts[i % 8],
		 accounts[(i * 5 + 3) % 8 == i % 8 ? (i + 1) % 8 : (i * 5 + 3) % 8], i % 7);
	if (i % 100 == 99)
		throw std::runtime_error("as planned");
	return cache.get(i % 64) + depth(i % 4);
}

} // namespace

int main()
{
	Cache cache;
	std::vector<Account> accounts(8);
	std::vector<std::future<long>> results;
	long sum = 0, thrown = 0, total = 0;
	{
		Pool pool(6);
		for (int i = 0; i < 5000; i++)
			results.push_back(pool.submit([&, i] { return job(cache, accounts, i); }));
		for (auto &result : results) {
			try {
				sum += result.get();
			} catch (const std::runtime_error &) {
				thrown++;
			}
		}
	}
	std::timed_mutex timed;
	timed.lock();
	bool got = std::async(std::launch::async, [&] {
			   return timed.try_lock_for(std::chrono::milliseconds(20));
		   }).get();
	timed.unlock();
	for (auto &account : accounts)
		total += account.balance;
	std::printf("sum %ld, thrown %ld, total %ld, initialised %d, timed lock %s\n", sum, thrown,
		    total, initialised.load(), got ? "taken" : "refused");
	return 0;
}
