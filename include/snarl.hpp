/* SPDX-License-Identifier: Apache-2.0
 *
 * snarl.h for C++11: a scope that ends with its block, and a lock of one's own that says what it does.
 *
 *	{
 *		snarl::scope scope("pool");
 *		...
 *		snarl_assert_clean();
 *	}
 *	snarl::annotated<my_spin_lock> lock;           // lock(), try_lock(), unlock() as before
 *	std::lock_guard<decltype(lock)> guard(lock); */
#ifndef SNARL_HPP
#define SNARL_HPP

#include <snarl.h>

namespace snarl
{

/* A scope of the calling thread, from its construction to its end. */
class scope
{
      public:
	explicit scope(const char *name)
	{
		snarl_scope_begin(name);
	}
	~scope()
	{
		end();
	}
	scope(const scope &) = delete;
	scope &operator=(const scope &) = delete;
	/* Ends it before the block does. Returns the report; "" where nothing was found. */
	const char *end()
	{
		if (ended)
			return "";
		ended = true;
		return snarl_scope_end() ? snarl_text() : "";
	}

      private:
	bool ended = false;
};

/* A lock with lock(), try_lock() and unlock() of one's own, annotated: whatever it is made of is not
 * watched, it itself is. `flags`: SNARL_LOCK_RECURSIVE or 0. */
template <class Lock, unsigned flags = 0> class annotated
{
      public:
	annotated()
	{
		snarl_lock_created(this, flags);
	}
	~annotated()
	{
		snarl_lock_destroyed(this, flags);
	}
	annotated(const annotated &) = delete;
	annotated &operator=(const annotated &) = delete;
	void lock()
	{
		snarl_lock_acquiring(this, flags);
		inner.lock();
		snarl_lock_acquired(this, flags);
	}
	bool try_lock()
	{
		snarl_lock_acquiring(this, flags | SNARL_LOCK_TRY);
		if (inner.try_lock()) {
			snarl_lock_acquired(this, flags | SNARL_LOCK_TRY);
			return true;
		}
		snarl_lock_not_acquired(this, flags);
		return false;
	}
	void unlock()
	{
		snarl_lock_released(this, flags);
		inner.unlock();
	}

      private:
	Lock inner;
};

} // namespace snarl

#endif
