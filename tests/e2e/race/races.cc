// SPDX-License-Identifier: Apache-2.0
//
// What C++ makes of it: threads, local statics, shared pointers, tables of virtual functions.
#include <atomic>
#include <cstdio>
#include <cstring>
#include <future>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

static std::atomic<int> turn;

static void after(int n)
{
	while (turn.load(std::memory_order_relaxed) < n)
		std::this_thread::yield();
}

struct shape {
	virtual ~shape() = default;
	virtual int area() const { return 0; }
	int size = 1;
};

struct square : shape {
	int area() const override { return size * size; }
};

struct table {
	int values[8];
	table() { for (int &v : values) v = 3; }
};

static const table &get_table()
{
	static table t;
	return t;
}

static int shared;

template <class First, class Second> static void both(First first, Second second)
{
	std::thread one([&] { first(); turn.fetch_add(1, std::memory_order_relaxed); });
	std::thread two([&] { after(1); second(); });
	one.join();
	two.join();
}

int main(int, char **arguments)
{
	std::string what = arguments[1];
	std::mutex mutex;
	if (what == "static") {
		both([] { get_table(); }, [] { if (get_table().values[5] != 3) std::abort(); });
	} else if (what == "once-again") {
		/* A once routine that throws is run again, by somebody who knows of it. */
		static std::once_flag once;
		auto attempt = [] { try { std::call_once(once, [] { if (shared++ == 0) throw 1; }); } catch (int) { } };
		both(attempt, attempt);
	} else if (what == "promise-at-exit") {
		std::promise<int> promise;
		std::future<int> future = promise.get_future();
		both([&] { shared = 1; promise.set_value_at_thread_exit(3); },
		     [&] { if (future.get() == 3) shared = 2; });
	} else if (what == "shared-pointer") {
		auto p = std::make_shared<square>();
		p->size = 4;
		std::thread a([p]() mutable { p->area(); p.reset(); });
		std::thread b([p]() mutable { p->area(); p.reset(); });
		p.reset();
		a.join();
		b.join();
	} else if (what == "lock") {
		both([&] { std::lock_guard<std::mutex> l(mutex); shared++; },
		     [&] { std::lock_guard<std::mutex> l(mutex); shared++; });
	} else if (what == "vector") {
		std::vector<std::string> list;
		both([&] { std::lock_guard<std::mutex> l(mutex); list.push_back("a string that is long enough for the heap"); },
		     [&] { std::lock_guard<std::mutex> l(mutex); list.push_back(list[0]); list.clear(); list.shrink_to_fit(); });
	} else if (what == "plain") {
		both([] { shared = 1; }, [] { shared = 2; });
	} else if (what == "deleted") {
		shape *s = new square;
		both([s] { s->size = 3; }, [s] { s->area(); delete s; });
	}
	std::puts("done");
}
