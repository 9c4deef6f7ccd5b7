/* SPDX-License-Identifier: Apache-2.0
 *
 * Creation of threads, the order that it imposes, and finding them by their ids.  Creation and join
 * (join.c) move a thread's order clock on, and each record keeps where in its creator's and
 * joiner's clocks it stands. */
#include "interpose/thread.h"
#include <string.h>
#include "graph/registry.h"
#include "interpose/api_error.h"
#include "interpose/channel.h"
#include "interpose/ending.h"
#include "interpose/evidence.h"
#include "interpose/real.h"
#include "interpose/self.h"

/* Threads by pthread_t, lossy: a slot says where to look first. */
#define BY_ID 8192u
static uint32_t by_id[BY_ID];

int sn_thread_unseen;

static uint32_t *id_slot(pthread_t id)
{
	return &by_id[((uint64_t)id * 0x9e3779b97f4a7c15u) >> 51];
}

static int is_live(const struct sn_thread_rec *t, pthread_t id)
{
	/* A detached thread's id is free for the next one when it has ended. */
	return t->pthread == (uint64_t)id &&
	       (t->state == SN_THREAD_CREATED || t->state == SN_THREAD_RUNNING ||
		(t->state == SN_THREAD_ENDED && !(t->flags & SN_THREAD_DETACHED)));
}

uint32_t sn_thread_by_id(pthread_t id)
{
	const struct sn_recorder *r = &sn_shim.recorder;
	uint32_t used = r->header->tables[SN_TABLE_THREAD].used, first = *id_slot(id);
	if (sn_self_tls && id == pthread_self())
		return sn_self_tls->thread;
	if (first && first < used && is_live(sn_rec_thread(r, first), id))
		return first;
	for (uint32_t i = used - 1; i; i--)
		if (is_live(sn_rec_thread(r, i), id))
			return i;
	return 0;
}

/* The library makes a thread for a task, which has its record already. */
static struct sn_self *creating_task(struct sn_self *self)
{
	sn_busy_begin(self, (uintptr_t)__builtin_frame_address(0));
	struct sn_self *child = sn_self_new(self->spawning);
	sn_busy_end(self);
	return child;
}

/* Those that the library makes for itself are not counted: see graph/knot.h. */
static void count_live(const struct sn_self *self, struct sn_thread_rec *t, struct sn_site site)
{
	if (sn_channel_is_library(site.ra))
		t->flags |= SN_THREAD_LIBRARY |
			    (self->spawning == SN_SPAWNING_ALARM ? SN_THREAD_ALARM : 0);
	else
		__atomic_fetch_add(&sn_shim.recorder.header->live_threads, 1, __ATOMIC_SEQ_CST);
}

struct sn_self *sn_thread_creating(struct sn_self *self, int detached, uint64_t routine,
				   struct sn_site site)
{
	if (self->spawning && self->spawning != SN_SPAWNING_ALARM && sn_channel_is_library(site.ra))
		return creating_task(self);
	uint32_t stack = sn_trace(self, site.ra, site.cfa);
	sn_busy_begin(self, (uintptr_t)__builtin_frame_address(0));
	uint32_t thread = sn_thread_record();
	struct sn_self *child = thread ? sn_self_new(thread) : NULL;
	sn_busy_end(self);
	if (!child)
		return NULL;
	struct sn_thread_rec *t = child->rec;
	t->flags = detached ? SN_THREAD_DETACHED : 0;
	t->start_routine = routine;
	t->creator = self->thread;
	t->creator_epoch = self->rec->epoch;
	t->create_stack = stack;
	t->scope = self->rec->scope;
	t->created_ns = sn_now();
	sn_evidence_created(self, child);
	count_live(self, t, site);
	__atomic_store_n(&t->state, SN_THREAD_CREATED, __ATOMIC_RELEASE);
	return child;
}

void sn_thread_created(struct sn_self *self, struct sn_self *child, uint32_t thread, int result,
		       pthread_t id)
{
	if (result && child->rec->flags & SN_THREAD_TASK) {
		sn_self_free(child);
		return;
	}
	if (result) {
		sn_busy_begin(self, (uintptr_t)__builtin_frame_address(0));
		sn_wait_no_more(child->rec);
		sn_self_free(child);
		if (!sn_lock_take(&sn_shim.lock)) {
			sn_registry_thread_free(&sn_shim.recorder, thread);
			sn_lock_give(&sn_shim.lock);
		}
		sn_busy_end(self);
		return;
	}
	*id_slot(id) = thread;
	sn_self_tick(self);
}

uint32_t sn_thread_of(uint32_t serial)
{
	struct sn_view v;
	sn_recorder_view(&sn_shim.recorder, &v);
	return sn_view_thread_of(&v, serial);
}

static SN_COLD void *run_to_end(struct sn_self *self)
{
	SN_ENDING_SCOPE;
	return self->start(self->argument);
}

static void *run(void *p)
{
	struct sn_self *self = p;
	sn_self_adopt(self);
	if (sn_unlikely(!sn_ending_by_key()))
		return run_to_end(self);
	return self->start(self->argument);
}

/* Threads that are created without attributes are detached. */
static int detached_by_default;

int sn_thread_is_detached(const pthread_attr_t *attributes)
{
	int state = PTHREAD_CREATE_JOINABLE;
	if (!attributes)
		return __atomic_load_n(&detached_by_default, __ATOMIC_RELAXED);
	return !pthread_attr_getdetachstate(attributes, &state) && state == PTHREAD_CREATE_DETACHED;
}

/* Asking for the default attributes at each creation would allocate where they name processors. */
SN_EXPORT int pthread_setattr_default_np(const pthread_attr_t *attributes)
{
	int result = sn_real(pthread_setattr_default_np)(attributes);
	if (!result)
		__atomic_store_n(&detached_by_default, sn_thread_is_detached(attributes),
				 __ATOMIC_RELAXED);
	return result;
}

size_t sn_thread_stack_bytes(const pthread_attr_t *attributes)
{
	pthread_attr_t usual;
	size_t bytes = 0;
	if (!attributes) {
		pthread_attr_init(&usual);
		attributes = &usual;
	}
	return pthread_attr_getstacksize(attributes, &bytes) ? 0 : bytes;
}

pthread_t sn_thread_id_of(uint32_t thread, uint32_t serial, const pthread_t *id)
{
	struct sn_thread_rec *t = sn_rec_thread(&sn_shim.recorder, thread);
	if (t->serial != serial)
		return 0;
	if (__atomic_load_n(&t->state, __ATOMIC_ACQUIRE) != SN_THREAD_CREATED)
		return (pthread_t)t->pthread;
	t->pthread = (uint64_t)*id;
	return (pthread_t)t->pthread;
}

SN_EXPORT int pthread_create(pthread_t *id, const pthread_attr_t *attributes,
			     void *(*routine)(void *), void *argument)
{
	struct sn_site site = SN_SITE;
	struct sn_self *self = sn_self_get(site.cfa);
	struct sn_self *child = self ? sn_thread_creating(self, sn_thread_is_detached(attributes),
							  (uint64_t)(uintptr_t)routine, site)
				     : NULL;
	if (!child) {
		sn_thread_unseen = 1;
		return sn_real(pthread_create)(id, attributes, routine, argument);
	}
	child->start = routine;
	child->argument = argument;
	child->stack_bytes = sn_thread_stack_bytes(attributes);
	uint32_t thread = child->thread, serial = child->rec->serial;
	int result = sn_real(pthread_create)(id, attributes, run, child);
	int saved = errno;
	sn_thread_created(self, child, thread, result,
			  result ? 0 : sn_thread_id_of(thread, serial, id));
	/* A limit that was reached (EAGAIN) and rights that are missing (EPERM) are no mistakes. */
	if (result == EINVAL)
		sn_api_error(self, 0, result, site);
	errno = saved;
	return result;
}

SN_EXPORT int pthread_setname_np(pthread_t id, const char *name)
{
	struct sn_self *self = sn_self_get(SN_CALLER_CFA);
	int result = sn_real(pthread_setname_np)(id, name);
	if (sn_unlikely(self && self->rec->flags & SN_THREAD_IDLE))
		sn_task_leaves(self);
	uint32_t target = self && !result ? sn_thread_by_id(id) : 0;
	if (target) {
		struct sn_thread_rec *t = sn_rec_thread(&sn_shim.recorder, target);
		strncpy(t->name, name, sizeof t->name - 1);
	}
	return result;
}
