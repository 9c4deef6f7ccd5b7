/* SPDX-License-Identifier: Apache-2.0
 *
 * libc's function syscall, for the sake of futex(2): std::future, std::latch, std::barrier,
 * semaphores and atomic waits of C++20, and other languages' primitives sleep and wake with it.
 * Every other number is handed on with a jump, so that calls that return twice, or in a child on
 * the same stack, find no frame of ours.
 *
 * A word is known while somebody sleeps on it. A wakeup's threads count as being on their way:
 * first as many as it asks for, then as many as the kernel says it has woken. */
#include <linux/futex.h>
#include <stddef.h>
#include "base/asleep.h"
#include "interpose/acquire.h"
#include "interpose/brief.h"
#include "interpose/glib.h"
#include "interpose/real.h"
#include "interpose/sync.h"

/* syscall's parameters, where the number is SYS_futex. The operation and the value are int for the
 * kernel: callers leave anything in the upper halves. */
struct futex_call {
	long number;
	void *word;
	long operation;
	long value;
	const struct timespec *limit;
	void *other;
	long third;
	struct sn_site site;
};

struct futex_wait {
	struct sn_self *self; /* NULL: unseen */
	struct sn_sync_rec *sync;
	int woken;
	struct sn_brief brief;
	struct sn_wait_scope outer;
};

/* The call that the thread is about to make, while it looks for a knot. */
static __thread const struct futex_call *looking __attribute__((tls_model("initial-exec")));

/* Whether the kernel refuses such a call whatever the word holds: asked with a word of our own and
 * without a wait, since on the program's word the question could take a wakeup. */
static int is_refused(const struct futex_call *c)
{
	uint32_t own = (uint32_t)c->value;
	struct timespec none = {0, 0};
	if ((uintptr_t)c->word % sizeof own)
		return 1;
	return sn_sys(SYS_futex, &own, c->operation, own, &none, 0, c->third) != -ETIMEDOUT;
}

int sn_futex_goes_on(void)
{
	uint32_t value;
	return looking && (sn_peek(sn_shim.pid, (uintptr_t)looking->word, &value, sizeof value) ||
			   value != (uint32_t)looking->value || is_refused(looking));
}

static long call(const struct futex_call *c)
{
	return sn_real(syscall)(c->number, c->word, c->operation, c->value, c->limit, c->other,
				c->third);
}

static void wait_end(struct futex_wait *w)
{
	int saved = errno;
	if (!w->self)
		return;
	sn_wait_end(&w->outer);
	sn_sync_leave(w->sync, w->woken);
	sn_brief_leave(w->self, &w->brief, SN_LOCK_FUTEX);
	w->self = NULL;
	errno = saved;
}

static void wait_begin(struct futex_wait *w, const struct futex_call *c)
{
	int saved = errno;
	struct sn_self *self = sn_self_get(c->site.cfa);
	uint32_t stack = self ? sn_trace(self, c->site.ra, c->site.cfa) : 0;
	if (self)
		sn_brief_enter(self, &w->brief, c->word, SN_LOCK_FUTEX, stack);
	if (w->brief.lock) {
		w->self = self;
		w->sync = sn_rec_sync(&sn_shim.recorder, self->locks[w->brief.lock].sync);
		if (!(c->operation & FUTEX_PRIVATE_FLAG))
			w->sync->flags |= SN_SYNC_ASK_MEMORY;
		sn_sync_enter(w->sync);
		looking = c;
		sn_wait_begin(self, &w->outer, SN_WAIT_FUTEX, w->brief.lock,
			      c->limit ? SN_MODE_TIMED : 0, stack);
		looking = NULL;
	}
	errno = saved;
}

static long wait_on(const struct futex_call *c)
{
	if (sn_unlikely(sn_glib_waits_on(c->word)))
		return call(c);
	/* It is no cancellation point, but a thread may be cancelled anywhere if it asks for that.
	 */
	struct futex_wait w __attribute__((cleanup(wait_end))) = {.self = NULL};
	wait_begin(&w, c);
	long result = call(c);
	w.woken = result == 0;
	return result;
}

/* The state of the word, if somebody sleeps there. */
static struct sn_sync_rec *sleepers_of(const void *word)
{
	uint32_t lock = sn_brief_find(word, SN_LOCK_FUTEX);
	if (!lock)
		return NULL;
	uint32_t sync = sn_rec_lock(&sn_shim.recorder, lock)->sync;
	return sync ? sn_rec_sync(&sn_shim.recorder, sync) : NULL;
}

/* Up to n of the waiters are about to be woken; returns how many count as that now. */
static uint32_t expect(struct sn_sync_rec *sync, uint32_t n)
{
	uint64_t was = __atomic_load_n(&sync->waiters, __ATOMIC_SEQ_CST);
	uint32_t more;
	do {
		uint32_t asleep = sn_sync_waiting(was) - sn_sync_pending(was);
		more = n < asleep ? n : asleep;
	} while (!__atomic_compare_exchange_n(&sync->waiters, &was, was + ((uint64_t)more << 32), 0,
					      __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST));
	return more;
}

/* n of them have not been woken after all. */
static void expect_less(struct sn_sync_rec *sync, uint32_t n)
{
	uint64_t was = __atomic_load_n(&sync->waiters, __ATOMIC_SEQ_CST), less;
	do
		less = n < sn_sync_pending(was) ? n : sn_sync_pending(was);
	while (!__atomic_compare_exchange_n(&sync->waiters, &was, was - (less << 32), 0,
					    __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST));
}

static void note_waker(struct sn_sync_rec *sync, uint32_t n, struct sn_site site)
{
	struct sn_self *self = sn_self_get(site.cfa);
	if (self)
		sn_sync_signalled(self, sync, &sync->heard, n > 1 ? SN_SIGNAL_BROADCAST : 0,
				  sn_trace(self, site.ra, site.cfa));
}

static long wake(const struct futex_call *c)
{
	int saved = errno;
	struct sn_sync_rec *sync = sleepers_of(c->word);
	if (!sync || (int)c->value <= 0)
		return call(c);
	note_waker(sync, (uint32_t)c->value, c->site);
	uint32_t expected = expect(sync, (uint32_t)c->value);
	errno = saved;
	long woken = call(c);
	if (woken < (long)expected)
		expect_less(sync, expected - (uint32_t)(woken < 0 ? 0 : woken));
	return woken;
}

/* Waiters may come to sleep elsewhere, or be woken there: whom a wakeup reaches cannot be told. */
static void give_up_on(const void *word)
{
	struct sn_sync_rec *sync = sleepers_of(word);
	if (sync)
		sync->flags |= SN_SYNC_OUTSIDE;
}

/* Reached from the stub below with syscall's own arguments. */
__attribute__((used, visibility("hidden"))) long sn_futex_call(long number, void *word,
							       long operation, long value,
							       const struct timespec *limit,
							       void *other, long third);

long sn_futex_call(long number, void *word, long operation, long value,
		   const struct timespec *limit, void *other, long third)
{
	struct futex_call c = {number, word, operation, value, limit, other, third, SN_SITE};
	switch ((int)operation & FUTEX_CMD_MASK) {
	case FUTEX_WAIT:
	case FUTEX_WAIT_BITSET:
		return wait_on(&c);
	case FUTEX_WAKE:
	case FUTEX_WAKE_BITSET:
		return wake(&c);
	case FUTEX_REQUEUE:
	case FUTEX_CMP_REQUEUE:
	case FUTEX_WAKE_OP:
		give_up_on(word);
		give_up_on(other);
		return call(&c);
	default:
		return call(&c);
	}
}

#if defined(__x86_64__)
/* Before the real function is known (in a preloaded allocator's first steps) the stub does its
 * work: the number goes to rax, each argument to the register before, the fourth to r10. */
__attribute__((naked)) SN_EXPORT long syscall(long number __attribute__((unused)), ...)
{
	__asm__("endbr64\n\t"
		"cmpq %0, %%rdi\n\t"
		"je sn_futex_call\n\t"
		"cmpq %2, %%rdi\n\t"
		"je sn_seccomp_call\n\t"
		"movq sn_real_table+%c1(%%rip), %%rax\n\t"
		"testq %%rax, %%rax\n\t"
		"jz 1f\n\t"
		"jmp *%%rax\n"
		"1:\tmovq %%rdi, %%rax\n\t"
		"movq %%rsi, %%rdi\n\t"
		"movq %%rdx, %%rsi\n\t"
		"movq %%rcx, %%rdx\n\t"
		"movq %%r8, %%r10\n\t"
		"movq %%r9, %%r8\n\t"
		"movq 8(%%rsp), %%r9\n\t"
		"syscall\n\t"
		"cmpq $-4095, %%rax\n\t"
		"jae 2f\n\t"
		"ret\n"
		"2:\tnegl %%eax\n\t"
		"pushq %%rax\n\t"
		"call __errno_location@PLT\n\t"
		"popq %%rcx\n\t"
		"movl %%ecx, (%%rax)\n\t"
		"movq $-1, %%rax\n\t"
		"ret"
		:
		: "i"(SYS_futex), "i"(offsetof(struct sn_real, syscall)), "i"(SYS_seccomp));
}
#endif
