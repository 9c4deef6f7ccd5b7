// SPDX-License-Identifier: Apache-2.0
//
// Cases of the micro-benchmark as C++ programs have them.  std::mutex calls neither
// pthread_mutex_init nor pthread_mutex_destroy: such a lock comes and goes unannounced.
#include <memory>
#include <mutex>
#include <shared_mutex>
#include "bench/lock.h"

namespace
{

struct Object {
	std::mutex mutex;
	long value = 0;
};

std::mutex mutex, outer;
std::recursive_mutex recursive;
std::shared_mutex shared;

void guard(long count)
{
	while (count--) {
		std::lock_guard<std::mutex> hold(mutex);
		lock_sink = lock_sink + 1;
	}
}

void guard_recursive(long count)
{
	while (count--) {
		std::lock_guard<std::recursive_mutex> hold(recursive);
		lock_sink = lock_sink + 1;
	}
}

void guard_shared(long count)
{
	while (count--) {
		std::shared_lock<std::shared_mutex> hold(shared);
		lock_sink = lock_sink + 1;
	}
}

void two_at_once(long count)
{
	while (count--) {
		std::scoped_lock hold(outer, mutex);
		lock_sink = lock_sink + 1;
	}
}

void short_lived(long count)
{
	while (count--) {
		auto object = std::make_unique<Object>();
		std::lock_guard<std::mutex> hold(object->mutex);
		lock_sink = lock_sink + ++object->value;
	}
}

void short_lived_nested(long count)
{
	std::lock_guard<std::mutex> hold(outer);
	short_lived(count);
}

} // namespace

const lock_case lock_cpp[] = {
	{"std-mutex", 8, guard},
	{"std-recursive", 8, guard_recursive},
	{"std-shared", 8, guard_shared},
	{"std-scoped-2", 8, two_at_once},
	{"std-short-lived", 8, short_lived},
	{"std-short-lived-nested", 8, short_lived_nested},
	{nullptr, 0, nullptr},
};
