/* SPDX-License-Identifier: Apache-2.0
 *
 * snarl.h: what a program, or its tests, can say to snarl and ask of it.  C11 and C++11.
 *
 * Nothing of snarl need be linked.  Where libsnarl.so is preloaded (`snarl run`, LD_PRELOAD), or
 * linked (`pkg-config --libs snarl`), these functions work; where it is not, each costs a load and a
 * branch, does nothing, and answers that it does not know.  All of them may be called by any thread,
 * but not from a signal handler.  docs/testing.md shows them at work.
 *
 *	static void test_pool(void)
 *	{
 *		snarl_scope_begin("pool");
 *		...
 *		snarl_assert_clean();   // nothing was found, no thread was left behind, no lock held
 *		snarl_scope_end();
 *	}
 */
#ifndef SNARL_H
#define SNARL_H

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/* What the detector offers; only ever added to. Not to be used directly. (Some names are macros of test
 * frameworks: calls have the function in brackets.) */
struct snarl_api {
	size_t size;
	int (*held_by_me)(const volatile void *lock);
	long (*holder)(const volatile void *lock);
	void (*name)(const volatile void *object, const char *name);
	void (*service_thread)(void);
	void (*lock_level)(const volatile void *lock, int level, int subclass);
	void (*ordered)(const volatile void *a, const volatile void *b, const char *reason);
	void (*scope_begin)(const char *name);
	int (*scope_end)(void);
	int (*check)(void);
	const char *(*text)(void);
	int (*expect)(const char *kind, const char *pattern);
	int (*allow)(const char *kind, const char *pattern);
	void (*on_failure)(void (*call)(const char *file, int line, const char *text,
					void *context),
			   void *context);
	void (*fail)(const char *file, int line, const char *text);
};

#if defined(__PIC__) || defined(__PIE__)
extern const struct snarl_api snarl_api_v1 __attribute__((weak));
static inline const struct snarl_api *snarl_api(void)
{
	return &snarl_api_v1;
}
#else
/* Code that cannot be moved asks once, at its start: the linker would make a weak symbol 0. */
#ifdef __cplusplus
}
#endif
#include <dlfcn.h>
#ifdef __cplusplus
extern "C" {
#endif
__attribute__((weak)) const struct snarl_api *snarl_api_found;
__attribute__((constructor)) static inline void snarl_api_find(void)
{
	/* RTLD_DEFAULT */
	if (!snarl_api_found)
		snarl_api_found = (const struct snarl_api *)dlsym((void *)0, "snarl_api_v1");
}
static inline const struct snarl_api *snarl_api(void)
{
	return snarl_api_found;
}
#endif

/* Whether the detector is there and has a function: an older one may lack those that came later. */
#define SNARL_HAS(function)                                                                        \
	(snarl_api() && snarl_api()->size > offsetof(struct snarl_api, function))

#define SNARL_UNKNOWN (-1)

/* ---- Questions ------------------------------------------------------------------------------ */

/* Whether the calling thread holds the lock, in whatever mode: 1 or 0; SNARL_UNKNOWN without the
 * detector. `lock` is any lock that snarl knows: a pthread_mutex_t, pthread_rwlock_t,
 * pthread_spinlock_t, mtx_t, std::mutex, an annotated one.
 *	assert(snarl_held_by_me(&queue->mutex) != 0);      // or, shorter, snarl_assert_held */
static inline int snarl_held_by_me(const volatile void *lock)
{
	return SNARL_HAS(held_by_me) ? (snarl_api()->held_by_me)(lock) : SNARL_UNKNOWN;
}

/* The kernel's id of a thread that holds the lock, of whichever where it is held for reading; 0: nobody
 * does. SNARL_UNKNOWN without the detector. By the time it returns the answer may be old. */
static inline long snarl_holder(const volatile void *lock)
{
	return SNARL_HAS(holder) ? (snarl_api()->holder)(lock) : SNARL_UNKNOWN;
}

/* What snarl_assert_… does where it fails: calls `call`, which may end the test in any way that its
 * framework has, and may return. Without one, or with NULL, the text goes to standard error and the
 * program aborts. One for the whole process. */
static inline void snarl_on_failure(void (*call)(const char *file, int line, const char *text,
						 void *context),
				    void *context)
{
	if (SNARL_HAS(on_failure))
		(snarl_api()->on_failure)(call, context);
}

static inline void snarl_fail(const char *file, int line, const char *text)
{
	if (SNARL_HAS(fail))
		(snarl_api()->fail)(file, line, text);
}

/* Fails unless the calling thread holds the lock; without the detector it never fails. */
#define snarl_assert_held(lock)                                                                    \
	(snarl_held_by_me(lock) == 0                                                               \
		 ? snarl_fail(__FILE__, __LINE__, "the calling thread does not hold " #lock)       \
		 : (void)0)

/* Fails if the calling thread holds the lock. */
#define snarl_assert_not_held(lock)                                                                \
	(snarl_held_by_me(lock) == 1                                                               \
		 ? snarl_fail(__FILE__, __LINE__, "the calling thread holds " #lock)               \
		 : (void)0)

/* ---- Names and declarations ----------------------------------------------------------------- */

/* What reports call the lock, condition, semaphore, barrier or channel, until it is destroyed. The
 * text is copied. Threads have pthread_setname_np. */
static inline void snarl_name(const volatile void *object, const char *name)
{
	if (SNARL_HAS(name))
		(snarl_api()->name)(object, name);
}

/* The calling thread serves the whole process, whatever created it: it is no leak. */
static inline void snarl_service_thread(void)
{
	if (SNARL_HAS(service_thread))
		(snarl_api()->service_thread)();
}

/* Declares the lock's place in the order of all locks that have one: under a lock only those of a
 * higher level may be taken, and of the same level only those of a higher subclass; with the same
 * subclass too, only those at a higher address. Who does otherwise is told at once, though no other
 * thread has ever taken them: a lock-order-inversion, predicted. Trylocks cannot block and are free.
 * To be called before the lock is used; lasts until it is destroyed. */
static inline void snarl_lock_level(const volatile void *lock, int level, int subclass)
{
	if (SNARL_HAS(lock_level))
		(snarl_api()->lock_level)(lock, level, subclass);
}

/* Says that no two threads can meet in taking these two in opposite orders, and why: an inversion of
 * them is ruled out, and `snarl report --show-refuted` shows it with this reason. */
static inline void snarl_ordered(const volatile void *a, const volatile void *b, const char *reason)
{
	if (SNARL_HAS(ordered))
		(snarl_api()->ordered)(a, b, reason);
}

/* ---- Scopes --------------------------------------------------------------------------------- */

/* Begins a scope, mostly a test: what the calling thread, and every thread and task that is created
 * from here on in it, and by those, does belongs to it, also when other threads have scopes of their
 * own at the same time, and when it happens after the scope's end. Scopes of a thread nest. */
static inline void snarl_scope_begin(const char *name)
{
	if (SNARL_HAS(scope_begin))
		(snarl_api()->scope_begin)(name);
}

/* Ends the calling thread's innermost scope. Threads that belong to it and are neither ended nor
 * joined nor service threads are waited for a little (options leak_tries, leak_wait_ms), and are
 * leaks then; so is a lock that the calling thread has taken since and still holds. Returns 0 when
 * nothing was found in the scope that `fail_on` does not let pass, else 1: snarl_text tells what.
 * 0 as well without the detector, or a scope. */
static inline int snarl_scope_end(void)
{
	return SNARL_HAS(scope_end) ? (snarl_api()->scope_end)() : 0;
}

/* The same judgement in the midst of the scope; without one, of the whole process. */
static inline int snarl_check(void)
{
	return SNARL_HAS(check) ? (snarl_api()->check)() : 0;
}

/* What the calling thread's last snarl_scope_end or snarl_check found, as text; "" for nothing. Good
 * until the next one of this thread. */
static inline const char *snarl_text(void)
{
	return SNARL_HAS(text) ? (snarl_api()->text)() : "";
}

/* Fails with what was found as its text. */
#define snarl_assert_clean()                                                                       \
	(snarl_check() ? snarl_fail(__FILE__, __LINE__, snarl_text()) : (void)0)

/* In this scope (without one: in the whole process) there must be a finding of that kind ("*" any;
 * `snarl explain` lists them) that the pattern fits: a shell pattern, as in a file of suppressions,
 * for a function, file, module, thread or lock of the finding; NULL fits all. Then it is no fault and
 * not reported; if it does not come that is a fault: expected-not-found. Returns 0, or SNARL_UNKNOWN
 * without the detector or where there is no such kind.
 *	snarl_expect("lock-order-inversion", "transfer");
 *	transfer_both_ways();
 *	snarl_assert_clean(); */
static inline int snarl_expect(const char *kind, const char *pattern)
{
	return SNARL_HAS(expect) ? (snarl_api()->expect)(kind, pattern) : SNARL_UNKNOWN;
}

/* The same without a need for it to come. */
static inline int snarl_allow(const char *kind, const char *pattern)
{
	return SNARL_HAS(allow) ? (snarl_api()->allow)(kind, pattern) : SNARL_UNKNOWN;
}

/* ---- Locks of the program's own make, and its own ways of ordering ---------------------------- */

/* These are ThreadSanitizer's annotations, which it hears as well where the program is built with
 * it. Between snarl_lock_acquiring and the call that ends it, and nowhere else, what the lock is made
 * of is not watched. Without the detector and ThreadSanitizer all are inert.
 *	snarl_lock_acquiring(&my, 0);
 *	while (atomic_exchange(&my.word, 1)) sched_yield();
 *	snarl_lock_acquired(&my, 0); */
#define SNARL_LOCK_SHARED 8u    /* taken, or given up, for reading */
#define SNARL_LOCK_TRY 16u      /* it does not wait */
#define SNARL_LOCK_RECURSIVE 6u /* it can be taken again by who holds it */
#define SNARL_LOCK_STATIC 1u    /* it needs no initialisation, or may be used before */

#if defined(__PIC__) || defined(__PIE__)
#define SNARL_WEAK __attribute__((weak))
void __tsan_mutex_create(void *lock, unsigned flags) SNARL_WEAK;
void __tsan_mutex_destroy(void *lock, unsigned flags) SNARL_WEAK;
void __tsan_mutex_pre_lock(void *lock, unsigned flags) SNARL_WEAK;
void __tsan_mutex_post_lock(void *lock, unsigned flags, int recursion) SNARL_WEAK;
int __tsan_mutex_pre_unlock(void *lock, unsigned flags) SNARL_WEAK;
void __tsan_mutex_post_unlock(void *lock, unsigned flags) SNARL_WEAK;
void __tsan_acquire(void *object) SNARL_WEAK;
void __tsan_release(void *object) SNARL_WEAK;
#define SNARL_SAY(name, type, arguments)                                                           \
	do {                                                                                       \
		if (name)                                                                          \
			name arguments;                                                            \
	} while (0)
#else
#define SNARL_SAY(name, type, arguments)                                                           \
	do {                                                                                       \
		static type snarl_say_call;                                                        \
		static int snarl_say_asked;                                                        \
		if (!snarl_say_asked) {                                                            \
			snarl_say_call = __extension__(type) dlsym((void *)0, #name);              \
			snarl_say_asked = 1;                                                       \
		}                                                                                  \
		if (snarl_say_call)                                                                \
			snarl_say_call arguments;                                                  \
	} while (0)
#endif
typedef void (*snarl_lock_call)(void *lock, unsigned flags);
typedef void (*snarl_lock_call_deep)(void *lock, unsigned flags, int recursion);
typedef void (*snarl_order_call)(void *object);

/* The lock has been initialised. `flags`: SNARL_LOCK_RECURSIVE, SNARL_LOCK_STATIC. */
static inline void snarl_lock_created(void *lock, unsigned flags)
{
	SNARL_SAY(__tsan_mutex_create, snarl_lock_call, (lock, flags));
}

/* The lock is about to be destroyed. */
static inline void snarl_lock_destroyed(void *lock, unsigned flags)
{
	SNARL_SAY(__tsan_mutex_destroy, snarl_lock_call, (lock, flags));
}

/* The calling thread begins to take it. `flags`: SNARL_LOCK_SHARED, SNARL_LOCK_TRY, and what the lock
 * was created with; the same in the call that follows. */
static inline void snarl_lock_acquiring(void *lock, unsigned flags)
{
	SNARL_SAY(__tsan_mutex_pre_lock, snarl_lock_call, (lock, flags));
}

/* It has it. */
static inline void snarl_lock_acquired(void *lock, unsigned flags)
{
	SNARL_SAY(__tsan_mutex_post_lock, snarl_lock_call_deep, (lock, flags, 1));
}

/* It has not got it: a try, or a wait that ran out. */
static inline void snarl_lock_not_acquired(void *lock, unsigned flags)
{
	SNARL_SAY(__tsan_mutex_post_lock, snarl_lock_call_deep, (lock, flags | 16u | 32u, 0));
}

/* It gives it up: to be called before the lock is free, since another thread may have it then. */
static inline void snarl_lock_released(void *lock, unsigned flags)
{
	SNARL_SAY(__tsan_mutex_pre_unlock, snarl_lock_call, (lock, flags));
	SNARL_SAY(__tsan_mutex_post_unlock, snarl_lock_call, (lock, flags));
}

/* What the calling thread has done so far happens before what any thread does after its
 * snarl_happens_after of the same object, if that comes later. For data races. */
static inline void snarl_happens_before(void *object)
{
	SNARL_SAY(__tsan_release, snarl_order_call, (object));
}

static inline void snarl_happens_after(void *object)
{
	SNARL_SAY(__tsan_acquire, snarl_order_call, (object));
}

#ifdef __cplusplus
}
#endif

#endif
