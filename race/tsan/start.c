/* SPDX-License-Identifier: Apache-2.0
 *
 * The front's beginning: at the first call of __tsan_init, which every file that the compiler
 * instrumented makes before any other code of it runs. */
#include <unistd.h>
#include "base/recording.h"
#include "race/tsan/front.h"

static void acquire(const volatile void *object)
{
	struct sn_front *f = sn_front_get();
	if (f)
		sn_sync_acquire(f->race, (uintptr_t)object);
}

static void release(const volatile void *object)
{
	struct sn_front *f = sn_front_get();
	if (f)
		sn_sync_release(f->race, (uintptr_t)object, 0);
}

static void pass(const volatile void *from, const volatile void *to)
{
	struct sn_front *f = sn_front_get();
	if (f)
		sn_sync_pass(f->race, (uintptr_t)from, (uintptr_t)to);
}

const char sn_front_files;

/* How the threads of its users are ordered is not told: a race might be none. */
static void channel_comes(void)
{
	sn_race_off = 1;
	sn_race_lose(SN_LOSS_CHANNEL);
}

static const struct sn_race_sync front = {
	.files = &sn_front_files,
	.acquire = acquire,
	.release = release,
	.pass = pass,
	.creating = sn_front_creating,
	.created = sn_front_created,
	.not_created = sn_front_not_created,
	.begins = sn_front_begins,
	.find = sn_front_find,
	.joined = sn_front_joined,
	.detached = sn_front_detached,
	.unmapping = sn_front_unmapping,
	.channel_comes = channel_comes,
};

enum { NEW, STARTING, ON, OFF };
static int phase;

/* A child has one thread, and may have been forked amid the work of others, whose locks are held
 * for ever there: it goes on unwatched. */
static void in_child(void)
{
	if (!sn_race_off)
		sn_race_lose(SN_LOSS_CHILD);
	sn_race_off = 1;
	phase = OFF;
	sn_front_leave();
}

static void losing(enum sn_race_loss what)
{
	static const uint32_t counters[SN_LOSSES] = {
		[SN_LOSS_SLOT] = SN_COUNTER_RACE_SLOTS,
		[SN_LOSS_CELL] = SN_COUNTER_RACE_CELLS,
		[SN_LOSS_HANDLER] = SN_COUNTER_RACE_HANDLERS,
		[SN_LOSS_OFF] = SN_COUNTER_RACE_OFF,
		[SN_LOSS_CHILD] = SN_COUNTER_RACE_CHILDREN,
		[SN_LOSS_CHANNEL] = SN_COUNTER_RACE_CHANNEL,
	};
	sn_race_count(counters[what]);
}

static int start(void)
{
	int good = sn_race_attach && !sn_shadow_start() && !sn_front_threads_start() &&
		   !sn_race_attach(&front);
	if (good) {
		sn_race_found = sn_front_tell;
		sn_race_losing = losing;
		pthread_atfork(NULL, NULL, in_child);
	}
	return good;
}

int sn_front_start(void)
{
	int new_phase = NEW;
	if (sn_race_likely(__atomic_load_n(&phase, __ATOMIC_ACQUIRE) == ON))
		return 1;
	/* gcc's programs call __tsan_init even before libc has found the environment. */
	if (!environ)
		return 0;
	if (!__atomic_compare_exchange_n(&phase, &new_phase, STARTING, 0, __ATOMIC_ACQ_REL,
					 __ATOMIC_ACQUIRE))
		return 0;
	int good = start();
	__atomic_store_n(&phase, good ? ON : OFF, __ATOMIC_RELEASE);
	return good;
}

static int called;

SN_FRONT_EXPORT void __tsan_init(void);
SN_FRONT_EXPORT void __tsan_init(void)
{
	called = 1;
	if (sn_front_start())
		sn_front_get();
}

/* For those that called too early. A program that was not compiled for us never did. */
__attribute__((constructor)) static void constructor(void)
{
	if (called && sn_front_start())
		sn_front_get();
}
