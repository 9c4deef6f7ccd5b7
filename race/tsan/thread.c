/* SPDX-License-Identifier: Apache-2.0
 *
 * Threads: what the engine and this front keep of each, from its creation to its end and its join.
 */
#include "race/tsan/front.h"

__thread struct sn_front *sn_front_self __attribute__((tls_model("initial-exec")));
__thread struct sn_frame *sn_front_top __attribute__((tls_model("initial-exec")));

/* It has come and gone: what its last destructors access is passed over. */
static __thread int gone __attribute__((tls_model("initial-exec")));
static __thread int attaching __attribute__((tls_model("initial-exec")));

static struct sn_race_pool pool = SN_RACE_POOL((sizeof(struct sn_front) + 4095) & ~4095u, 1u << 15);

#define IDS 4096
static struct sn_front *by_id[IDS];
static struct sn_race_lock ids;
static pthread_key_t key;

static struct sn_front **slot_of(pthread_t id)
{
	return &by_id[((uint64_t)id * 0x9e3779b97f4a7c15u) >> 52];
}

static struct sn_front *make(struct sn_race_thread *creator)
{
	struct sn_race_thread *race = sn_race_thread_new(creator);
	uint32_t number = race ? sn_race_pool_take(&pool) : 0;
	if (!number)
		return NULL;
	struct sn_front *f = sn_race_pool_at(&pool, number);
	f->race = race;
	f->frames[0].sp = UINTPTR_MAX;
	return f;
}

static void free_front(struct sn_front *f)
{
	uint32_t number = (uint32_t)(((char *)f - pool.start) / pool.block);
	sn_race_thread_free(f->race);
	sn_race_give_back(f, pool.block);
	sn_race_pool_give(&pool, number);
}

static void put_id(struct sn_front *f, pthread_t id)
{
	sn_race_lock(&ids);
	/* It may have detached itself, and be gone, while its creator comes to put its id. */
	if (f->race && !f->has_id) {
		f->has_id = 1;
		f->id = id;
		f->next = *slot_of(id);
		*slot_of(id) = f;
	}
	sn_race_unlock(&ids);
}

static void drop_id(struct sn_front *f)
{
	for (struct sn_front **at = slot_of(f->id); f->has_id && *at; at = &(*at)->next)
		if (*at == f) {
			*at = f->next;
			break;
		}
	f->has_id = 0;
}

/* The memory of a thread's stack, and of its thread-local variables, is new to it. */
static void find_stack(struct sn_front *f, int fresh)
{
	pthread_attr_t attributes;
	void *low;
	size_t bytes;
	if (pthread_getattr_np(pthread_self(), &attributes))
		return;
	if (!pthread_attr_getstack(&attributes, &low, &bytes)) {
		f->stack_low = (uintptr_t)low;
		f->stack_high = f->stack_low + bytes;
		if (fresh)
			sn_race_forget(f->race, f->stack_low, bytes);
	}
	pthread_attr_destroy(&attributes);
}

static void adopt(struct sn_front *f, int fresh)
{
	attaching++; /* asking for the stack allocates */
	find_stack(f, fresh);
	attaching--;
	put_id(f, pthread_self());
	sn_front_top = f->frames;
	__atomic_signal_fence(__ATOMIC_SEQ_CST);
	sn_front_self = f;
	pthread_setspecific(key, f);
}

struct sn_front *sn_front_attach(void)
{
	if (gone || attaching || !sn_front_start())
		return NULL;
	attaching = 1;
	struct sn_front *f = make(NULL);
	if (f) {
		f->child.detached = 1; /* nobody whom we know will join it */
		adopt(f, 0);
	}
	attaching = 0;
	return f;
}

void sn_front_leave(void)
{
	gone = 1;
	sn_front_self = NULL;
	sn_front_top = NULL;
}

struct sn_race_child *sn_front_creating(int detached)
{
	struct sn_front *self = sn_front_get();
	struct sn_front *f = self && !self->race->busy ? make(self->race) : NULL;
	if (!f)
		return NULL;
	f->child.detached = detached;
	return &f->child;
}

void sn_front_created(struct sn_race_child *child, pthread_t id)
{
	put_id((struct sn_front *)child, id);
}

void sn_front_not_created(struct sn_race_child *child)
{
	struct sn_front *f = (struct sn_front *)child;
	sn_race_thread_end(f->race);
	free_front(f);
}

void sn_front_begins(struct sn_race_child *child)
{
	adopt((struct sn_front *)child, 1);
}

struct sn_race_child *sn_front_find(pthread_t id)
{
	if (sn_race_off)
		return NULL;
	sn_race_lock(&ids);
	struct sn_front *f = *slot_of(id);
	while (f && f->id != id)
		f = f->next;
	sn_race_unlock(&ids);
	return f ? &f->child : NULL;
}

void sn_front_visit(int (*visit)(struct sn_front *f, void *context), void *context)
{
	int done = !sn_race_try_lock(&ids);
	if (done)
		return;
	for (uint32_t i = 0; i < IDS && !done; i++)
		for (struct sn_front *f = by_id[i]; f && !done; f = f->next)
			done = !f->ended && visit(f, context);
	sn_race_unlock(&ids);
}

struct sn_front *sn_front_fiber(void)
{
	struct sn_front *self = sn_front_get();
	struct sn_front *f = self && !self->race->busy ? make(self->race) : NULL;
	if (f)
		f->top = f->frames;
	return f;
}

void sn_front_fiber_end(struct sn_front *f)
{
	sn_race_thread_end(f->race);
	free_front(f);
}

void sn_front_fiber_switch(struct sn_front *to)
{
	struct sn_front *from = sn_front_self;
	if (!from || !to || from == to)
		return;
	from->top = sn_front_top;
	to->known = 0;
	__atomic_signal_fence(__ATOMIC_SEQ_CST);
	sn_front_self = to;
	sn_front_top = to->top;
}

void sn_front_joined(struct sn_race_child *child)
{
	struct sn_front *f = (struct sn_front *)child, *self = sn_front_get();
	if (self)
		sn_race_thread_join(self->race, f->race);
	sn_race_lock(&ids);
	drop_id(f);
	sn_race_unlock(&ids);
	free_front(f);
}

/* Whoever comes last, its end or its detaching, frees it. */
void sn_front_detached(struct sn_race_child *child)
{
	struct sn_front *f = (struct sn_front *)child;
	sn_race_lock(&ids);
	int ended = f->ended;
	f->child.detached = 1;
	if (ended)
		drop_id(f);
	sn_race_unlock(&ids);
	if (ended)
		free_front(f);
}

static void end(struct sn_front *f)
{
	sn_front_release_robust(f);
	sn_front_leave();
	__atomic_signal_fence(__ATOMIC_SEQ_CST);
	sn_race_thread_end(f->race);
	sn_race_lock(&ids);
	int detached = f->child.detached;
	f->ended = 1;
	if (detached)
		drop_id(f);
	sn_race_unlock(&ids);
	if (detached)
		free_front(f);
}

/* The program's own destructors may access memory: be the last of all. */
static void ending(void *p)
{
	struct sn_front *f = p;
	/* A thread may end while it runs one of its fibers: that is left to whoever destroys it. */
	if (!sn_front_self)
		return;
	if (++f->exit_rounds < 4)
		pthread_setspecific(key, f);
	else
		end(f);
}

int sn_front_threads_start(void)
{
	return pthread_key_create(&key, ending);
}
