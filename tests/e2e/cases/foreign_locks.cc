// SPDX-License-Identifier: Apache-2.0
//
// Everybody sleeps in a lock of a run-time library's own, here by the names that those of Rust's
// standard library have: how to fix it speaks of that lock, not of conditions and signals.
// variants: mutex rwlock condvar park once other
// expect: deadlock confirmed
// hangs
// stdout: -
// text[mutex]: fix: Lock these Mutexes in one order
// text[rwlock]: fix: Take the RwLock once
// text[condvar]: fix: Change the state under the Condvar's Mutex
// text[park]: fix: Unpark the thread
// text[once]: fix: Do not use a Once
// text[other]: fix: Find who should have woken the waiters
#include <linux/futex.h>
#include <sys/syscall.h>
#include "case.h"

#define KEEP __attribute__((noinline, noclone))

static KEEP int sleep_on(int *word)
{
	long result = syscall(SYS_futex, word, FUTEX_WAIT_PRIVATE, 0, nullptr, nullptr, 0);
	return (int)result + *word;
}

// NOLINTBEGIN(cert-dcl58-cpp): these are the names that are looked for.
namespace std::sys
{
namespace sync::mutex::futex
{
struct Mutex {
	int word = 0;
	KEEP int lock_contended()
	{
		return sleep_on(&word) + 1;
	}
};
} // namespace sync::mutex::futex
namespace sync::rwlock::futex
{
struct RwLock {
	int word = 0;
	KEEP int write_contended()
	{
		return sleep_on(&word) + 1;
	}
};
} // namespace sync::rwlock::futex
namespace sync::condvar::futex
{
struct Condvar {
	int word = 0;
	KEEP int wait()
	{
		return sleep_on(&word) + 1;
	}
};
} // namespace sync::condvar::futex
namespace sync::thread_parking::futex
{
struct Parker {
	int word = 0;
	KEEP int park()
	{
		return sleep_on(&word) + 1;
	}
};
} // namespace sync::thread_parking::futex
namespace sync::once::futex
{
struct Once {
	int word = 0;
	KEEP int call()
	{
		return sleep_on(&word) + 1;
	}
};
} // namespace sync::once::futex
} // namespace std::sys
// NOLINTEND(cert-dcl58-cpp)

static std::sys::sync::mutex::futex::Mutex mutex;
static std::sys::sync::rwlock::futex::RwLock rwlock;
static std::sys::sync::condvar::futex::Condvar condvar;
static std::sys::sync::thread_parking::futex::Parker parker;
static std::sys::sync::once::futex::Once once;
static int word;

int main(int argc, char **argv)
{
	const char *how = argc > 1 ? argv[1] : "mutex";
	if (!strcmp(how, "mutex"))
		return mutex.lock_contended();
	if (!strcmp(how, "rwlock"))
		return rwlock.write_contended();
	if (!strcmp(how, "condvar"))
		return condvar.wait();
	if (!strcmp(how, "park"))
		return parker.park();
	if (!strcmp(how, "once"))
		return once.call();
	return sleep_on(&word);
}
