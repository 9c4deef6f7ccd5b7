/* SPDX-License-Identifier: Apache-2.0
 *
 * See ending.h. */
#include "interpose/ending.h"
#include "interpose/real.h"
#include "interpose/self.h"

/* Rounds of destructors that glibc makes for a thread: PTHREAD_DESTRUCTOR_ITERATIONS. */
#define ROUNDS 4

/* Guards the key: one that has been given up is the program's, and must never be set by us. */
static struct sn_lock key_lock;
static pthread_key_t key;
static int has_key;

void sn_ending_reset(void)
{
	key_lock = (struct sn_lock){0};
}

void sn_ending_watch(struct sn_self *self)
{
	if (sn_lock_take(&key_lock))
		return;
	if (has_key)
		pthread_setspecific(key, self);
	sn_lock_give(&key_lock);
}

static void destructor(void *p)
{
	struct sn_self *self = p;
	if (self != sn_self_tls || self->state == SN_SELF_WIPED)
		return;
	/* The program's own destructors may still lock: be the last of all. */
	if (++self->exit_rounds < ROUNDS)
		sn_ending_watch(self);
	else
		sn_self_ended(self);
}

void sn_ending_start(void)
{
	has_key = sn_real(pthread_key_create)(&key, destructor) == 0;
}

int sn_ending_by_key(void)
{
	return __atomic_load_n(&has_key, __ATOMIC_RELAXED);
}

void sn_ending_left(int *unused)
{
	struct sn_self *self = sn_self_tls;
	(void)unused;
	if (self && self->state != SN_SELF_WIPED)
		sn_self_left(self);
}

/* Of those that run now the end will not be seen: nothing is to be made of their being there. */
static void forget_running(void)
{
	struct sn_recorder *r = &sn_shim.recorder;
	for (uint32_t i = 1; r->header && i < r->header->tables[SN_TABLE_THREAD].used; i++) {
		struct sn_thread_rec *t = sn_rec_thread(r, i);
		if (t->flags & SN_THREAD_MAIN)
			continue;
		if (t->state == SN_THREAD_RUNNING || t->state == SN_THREAD_CREATED)
			__atomic_fetch_or(&t->flags, SN_THREAD_FOREIGN, __ATOMIC_RELAXED);
	}
}

static void give_key_up(void)
{
	int saved = errno;
	if (sn_lock_take(&key_lock))
		return;
	if (has_key) {
		__atomic_store_n(&has_key, 0, __ATOMIC_RELAXED);
		pthread_key_delete(key);
		forget_running();
	}
	sn_lock_give(&key_lock);
	errno = saved;
}

SN_EXPORT int pthread_key_create(pthread_key_t *new_key, void (*at_end)(void *))
{
	int result = sn_real(pthread_key_create)(new_key, at_end);
	if (result != EAGAIN)
		return result;
	give_key_up();
	return sn_real(pthread_key_create)(new_key, at_end);
}

SN_EXPORT int tss_create(tss_t *new_key, tss_dtor_t at_end)
{
	int result = sn_real(tss_create)(new_key, at_end);
	if (result == thrd_success)
		return result;
	give_key_up();
	return sn_real(tss_create)(new_key, at_end);
}
