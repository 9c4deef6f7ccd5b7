/* SPDX-License-Identifier: Apache-2.0
 *
 * Sealed sets, against an oracle that knows nothing of how they are found: small states at random,
 * for which every subset of the threads is tried.  Then the rules one by one. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>
#include "graph/sealed.h"
#include "tests/unit/view_maker.h"

#define THREADS 5
#define LOCKS 3
#define OBJECTS 4
#define STATES 60000
#define NOBODY 99

/* A state as the oracle sees it: threads, locks and objects are numbers from 0, NOBODY is none. */
struct thread {
	enum sn_thread_state state;
	enum sn_wait kind;
	int on[2]; /* what it waits for; the second of a select only */
	int sends, reads, timed;
	int context, own_context; /* what ends the wait; a task's */
};

struct lock {
	int holder, reads, prefers_writers, robust;
};

struct object {
	enum sn_lock_type type;
	int references, given_up, maker, outside, many, closed;
	int has[THREADS], declared[THREADS];
	int parent;
};

struct state {
	struct thread thread[THREADS];
	struct lock lock[LOCKS];
	struct object object[OBJECTS];
};

static int in(unsigned set, int thread)
{
	return thread != NOBODY && set >> thread & 1;
}

static int is_live(const struct thread *t)
{
	return t->state == SN_THREAD_CREATED || t->state == SN_THREAD_RUNNING;
}

static int waits_on(const struct thread *t, int object)
{
	if (t->state != SN_THREAD_RUNNING)
		return 0;
	if (t->kind == SN_WAIT_SELECT)
		return t->on[0] == object || t->on[1] == object;
	return (t->kind == SN_WAIT_SEND || t->kind == SN_WAIT_RECEIVE ||
		t->kind == SN_WAIT_OBJECT) &&
	       t->on[0] == object;
}

static int lock_is_shut(const struct state *s, unsigned set, const struct thread *t)
{
	const struct lock *l = &s->lock[t->on[0]];

	if (l->robust)
		return 0;
	if (l->holder != NOBODY && !(l->reads && t->reads)) {
		const struct thread *h = &s->thread[l->holder];

		if (in(set, l->holder) || h->state == SN_THREAD_ENDED ||
		    h->state == SN_THREAD_JOINED)
			return 1;
	}
	for (int u = 0; u < THREADS; u++)
		if (in(set, u) && t->reads && l->prefers_writers &&
		    s->thread[u].kind == SN_WAIT_LOCK && s->thread[u].on[0] == t->on[0] &&
		    !s->thread[u].reads)
			return 1;
	return 0;
}

/* Members that surely own a reference, at least one each. */
static int owners(const struct state *s, unsigned set, int object)
{
	const struct object *o = &s->object[object];
	int n = 0;

	for (int t = 0; t < THREADS; t++) {
		if (!in(set, t))
			continue;
		if (o->type == SN_LOCK_CONTEXT)
			n += o->has[t] && o->declared[t] && s->thread[t].own_context != object;
		else
			n += waits_on(&s->thread[t], object) || (o->has[t] && !o->many);
	}
	return n;
}

static int somebody_outside(const struct state *s, unsigned set, int object)
{
	for (int t = 0; t < THREADS; t++)
		if (!in(set, t) && is_live(&s->thread[t]) &&
		    (s->object[object].has[t] || (s->object[object].type == SN_LOCK_CONTEXT &&
						  s->thread[t].own_context == object)))
			return 1;
	return 0;
}

/* A task among the members that the context is kept for. */
static int has_own_member(const struct state *s, unsigned set, int object)
{
	for (int t = 0; t < THREADS; t++)
		if (in(set, t) && s->object[object].type == SN_LOCK_CONTEXT &&
		    s->thread[t].own_context == object)
			return 1;
	return 0;
}

static int object_is_shut(const struct state *s, unsigned set, int object, int below)
{
	const struct object *o = &s->object[object];

	if (o->outside || o->closed || somebody_outside(s, set, object))
		return 0;
	if (!o->given_up && !(in(set, o->maker) && waits_on(&s->thread[o->maker], object)))
		return 0;
	if (o->type == SN_LOCK_CONTEXT && o->many)
		return 0;
	if (!o->references && below == NOBODY && !has_own_member(s, set, object))
		return 0;
	if (o->references > owners(s, set, object))
		return 0;
	return o->type != SN_LOCK_CONTEXT || o->parent == NOBODY ||
	       object_is_shut(s, set, o->parent, object);
}

static int is_shut(const struct state *s, unsigned set, const struct thread *t)
{
	if (t->state != SN_THREAD_RUNNING || t->timed)
		return 0;
	if (t->context != NOBODY && !object_is_shut(s, set, t->context, NOBODY))
		return 0;
	switch (t->kind) {
	case SN_WAIT_LOCK:
		return lock_is_shut(s, set, t);
	case SN_WAIT_JOIN:
		return in(set, t->on[0]);
	case SN_WAIT_SEND:
	case SN_WAIT_RECEIVE:
	case SN_WAIT_OBJECT:
		return object_is_shut(s, set, t->on[0], NOBODY);
	case SN_WAIT_SELECT:
		return object_is_shut(s, set, t->on[0], NOBODY) &&
		       object_is_shut(s, set, t->on[1], NOBODY);
	default:
		return 0;
	}
}

/* The union of all sets in which every wait is shut to outsiders. */
static unsigned greatest(const struct state *s)
{
	unsigned all = 0;

	for (unsigned set = 1; set < 1u << THREADS; set++) {
		int good = 1;

		for (int t = 0; t < THREADS; t++)
			good = good && (!in(set, t) || is_shut(s, set, &s->thread[t]));
		all |= good ? set : 0;
	}
	return all;
}

static int any(struct dice *d, int below)
{
	return roll(d, 4) ? (int)roll(d, (uint32_t)below) : NOBODY;
}

static void roll_thread(struct thread *t, struct dice *d)
{
	static const enum sn_wait kinds[] = {SN_WAIT_LOCK, SN_WAIT_LOCK,    SN_WAIT_JOIN,
					     SN_WAIT_SEND, SN_WAIT_RECEIVE, SN_WAIT_OBJECT,
					     SN_WAIT_COND, SN_WAIT_SELECT,  SN_WAIT_SELECT};
	int most;

	memset(t, 0, sizeof(*t));
	t->state = roll(d, 8) ? SN_THREAD_RUNNING : SN_THREAD_CREATED + roll(d, 4);
	t->kind = t->state == SN_THREAD_RUNNING && roll(d, 8) ? kinds[roll(d, 9)] : SN_WAIT_NONE;
	most = t->kind == SN_WAIT_LOCK ? LOCKS : t->kind == SN_WAIT_JOIN ? THREADS : OBJECTS;
	t->on[0] = (int)roll(d, (uint32_t)most);
	t->on[1] = (int)roll(d, (uint32_t)most);
	t->reads = t->kind == SN_WAIT_LOCK && !roll(d, 2);
	t->timed = !roll(d, 10);
	t->context = t->kind >= SN_WAIT_SEND && !roll(d, 6) ? OBJECTS - 1 : NOBODY;
	t->own_context = roll(d, 6) ? NOBODY : OBJECTS - 1 - (int)roll(d, 2);
}

/* The last two objects are contexts, the last one below the other. */
static void roll_object(struct state *s, int i, struct dice *d)
{
	struct object *o = &s->object[i];

	memset(o, 0, sizeof(*o));
	o->type = i < OBJECTS - 2 ? SN_LOCK_CHANNEL : SN_LOCK_CONTEXT;
	o->references = (int)roll(d, 4);
	o->given_up = roll(d, 5) != 0;
	o->maker = any(d, THREADS);
	o->outside = !roll(d, 12);
	o->many = !roll(d, 12);
	o->closed = !roll(d, 12);
	o->parent = i == OBJECTS - 1 && roll(d, 2) ? OBJECTS - 2 : NOBODY;
	for (int n = 0; n < SN_WAKERS; n++) {
		int t = any(d, THREADS);

		if (t == NOBODY)
			continue;
		o->has[t] = 1;
		o->declared[t] = (int)roll(d, 2);
	}
}

static void roll_state(struct state *s, struct dice *d)
{
	for (int t = 0; t < THREADS; t++)
		roll_thread(&s->thread[t], d);
	for (int l = 0; l < LOCKS; l++)
		s->lock[l] = (struct lock){.holder = any(d, THREADS),
					   .reads = !roll(d, 3),
					   .prefers_writers = !roll(d, 3),
					   .robust = !roll(d, 10)};
	for (int o = 0; o < OBJECTS; o++)
		roll_object(s, o, d);
}

static struct maker m;
static uint8_t members[64];

static struct sn_sync_rec *sync_of(uint32_t lock)
{
	const struct sn_lock_rec *l = maker_record(&m, SN_TABLE_LOCK, lock);

	return maker_record(&m, SN_TABLE_SYNC, l->sync);
}

static uint32_t make_counted(enum sn_lock_type type)
{
	uint32_t lock = maker_lock(&m, type, 0), sync = maker_add(&m, SN_TABLE_SYNC, 1);
	struct sn_lock_rec *l = maker_record(&m, SN_TABLE_LOCK, lock);

	l->flags = SN_LOCK_INIT_SEEN;
	l->sync = sync;
	sync_of(lock)->object = lock;
	return lock;
}

static uint32_t lock_number(int l)
{
	return (uint32_t)l + 1;
}

static uint32_t object_number(int o)
{
	return o == NOBODY ? 0 : (uint32_t)(LOCKS + o + 1);
}

static uint32_t thread_number(int t)
{
	return t == NOBODY ? 0 : (uint32_t)t + 1;
}

static void build_lock(const struct lock *l)
{
	enum sn_lock_type type = l->prefers_writers ? SN_LOCK_RWLOCK_WRITER : SN_LOCK_RWLOCK;
	uint32_t lock = maker_lock(&m, type, l->robust ? SN_LOCK_ROBUST : 0);

	if (l->holder != NOBODY)
		maker_hold(&m, thread_number(l->holder),
			   (struct sn_held){.lock = lock,
					    .mode = l->reads ? SN_MODE_READ : SN_MODE_WRITE});
}

static void build_object(const struct object *o)
{
	uint32_t lock = make_counted(o->type), entry = 0;
	struct sn_lock_rec *l = maker_record(&m, SN_TABLE_LOCK, lock);
	struct sn_sync_rec *s = sync_of(lock);

	l->birth_thread = l->birth_serial = thread_number(o->maker);
	s->count = (uint32_t)o->references;
	s->parent = object_number(o->parent);
	s->stray.stack = o->closed ? 7 : 0;
	s->flags = (o->given_up ? SN_SYNC_GIVEN_UP : 0) | (o->outside ? SN_SYNC_OUTSIDE : 0) |
		   (o->many ? SN_SYNC_MANY_WAKERS : 0);
	for (int t = 0; t < THREADS; t++) {
		if (!o->has[t])
			continue;
		s->wakers[entry] = s->waker_serial[entry] = thread_number(t);
		s->declared |= (uint32_t)o->declared[t] << entry++;
	}
}

static void build_wait(const struct state *s, int i)
{
	const struct thread *t = &s->thread[i];
	uint32_t object = t->kind == SN_WAIT_LOCK   ? lock_number(t->on[0])
			  : t->kind == SN_WAIT_JOIN ? thread_number(t->on[0])
						    : object_number(t->on[0]);
	struct sn_thread_rec *rec = maker_thread_at(&m, thread_number(i));

	rec->state = t->state;
	rec->flags = t->own_context == NOBODY ? 0 : SN_THREAD_TASK;
	rec->context = object_number(t->own_context);
	rec->wait_context = object_number(t->context);
	if (t->kind == SN_WAIT_NONE)
		return;
	maker_wait(&m, thread_number(i), t->kind, object,
		   (t->reads ? SN_MODE_READ : 0) | (t->timed ? SN_MODE_TIMED : 0));
	if (t->kind != SN_WAIT_SELECT)
		return;
	rec->cases = maker_add(&m, SN_TABLE_HELD, 2);
	rec->case_count = 2;
	for (uint32_t c = 0; c < 2; c++) {
		struct sn_held *held = maker_record(&m, SN_TABLE_HELD, rec->cases + c);

		held->lock = object_number(t->on[c]);
	}
}

static void build(const struct state *s)
{
	maker_free(&m);
	maker_init(&m);
	for (int t = 0; t < THREADS; t++)
		maker_thread(&m, 0, 0);
	for (int l = 0; l < LOCKS; l++)
		build_lock(&s->lock[l]);
	for (int o = 0; o < OBJECTS; o++)
		build_object(&s->object[o]);
	for (int t = 0; t < THREADS; t++)
		build_wait(s, t);
}

static unsigned found(void)
{
	struct sn_sealed s;
	unsigned set = 0;
	uint32_t count = sn_view_count(&m.view, SN_TABLE_THREAD), n;

	assert_true(count <= sizeof(members));
	sn_sealed_begin(&s, &m.view, members, count);
	n = sn_sealed_find(&s);
	for (uint32_t i = 1; i < count; i++)
		set |= (unsigned)members[i] << (i - 1);
	assert_int_equal(__builtin_popcount(set), n);
	return set;
}

static void as_the_oracle_says(void **state)
{
	struct dice d = {11};
	struct state s;
	int sealed = 0, several = 0;

	(void)state;
	for (int i = 0; i < STATES; i++) {
		unsigned set;

		roll_state(&s, &d);
		build(&s);
		set = greatest(&s);
		assert_int_equal(found(), set);
		sealed += set != 0;
		several += (set & (set - 1)) != 0;
	}
	/* The states are worth something: many have a set, and many of these more than a thread. */
	assert_true(sealed > STATES / 50 && several > STATES / 200);
}

/* Two threads: the first sends on a channel with a lock held, the second, which was spawned with
 * the channel, wants the lock; the maker has given the channel up. */
static uint32_t knot(void)
{
	uint32_t lock, channel;

	maker_free(&m);
	maker_init(&m);
	for (int t = 0; t < 3; t++)
		maker_thread(&m, 0, 0);
	lock = maker_lock(&m, SN_LOCK_MUTEX, 0);
	channel = make_counted(SN_LOCK_CHANNEL);
	maker_hold(&m, 1, (struct sn_held){.lock = lock});
	maker_wait(&m, 1, SN_WAIT_SEND, channel, 0);
	maker_wait(&m, 2, SN_WAIT_LOCK, lock, 0);
	sync_of(channel)->count = 2;
	sync_of(channel)->flags = SN_SYNC_GIVEN_UP;
	sync_of(channel)->wakers[0] = sync_of(channel)->waker_serial[0] = 2;
	sync_of(channel)->declared = 1;
	assert_int_equal(found(), 3);
	return channel;
}

static void each_rule_by_itself(void **state)
{
	uint32_t channel = knot();
	struct sn_sync_rec *s = sync_of(channel);
	struct sn_lock_rec *made = maker_record(&m, SN_TABLE_LOCK, channel);

	(void)state;
	s->count = 3; /* somebody whom nobody knows has it */
	assert_int_equal(found(), 0);
	s->count = 2;
	s->waker_serial[0] = 9; /* it was another thread, whose record serves this one */
	assert_int_equal(found(), 0);
	s->waker_serial[0] = 2;
	s->wakers[1] = s->waker_serial[1] = 3; /* who runs has it as well */
	assert_int_equal(found(), 0);
	maker_thread_at(&m, 3)->state = SN_THREAD_ENDED;
	assert_int_equal(found(), 3);
	s->deadline_ns = 1; /* it is a timer's */
	assert_int_equal(found(), 0);
	s->deadline_ns = 0;
	made->flags = 0; /* where it came from was not seen */
	assert_int_equal(found(), 0);
	made->flags = SN_LOCK_INIT_SEEN;
	maker_thread_at(&m, 2)->wait_mode = SN_MODE_TIMED;
	assert_int_equal(found(), 0);
	maker_thread_at(&m, 2)->wait_mode = 0;
	maker_thread_at(&m, 1)->held_count =
		0; /* the lock is free: its waiter is about to have it */
	assert_int_equal(found(), 0);
	maker_thread_at(&m, 1)->held_count = 1;
	maker_thread_at(&m, 1)->wait_context = SN_CONTEXT_UNKNOWN;
	assert_int_equal(found(), 0);
	maker_thread_at(&m, 1)->wait_context = 0;
	maker_wait(&m, 1, SN_WAIT_SELECT, channel, 0); /* of cases for which there was no room */
	assert_int_equal(found(), 0);
}

static void who_blocks_whom(void **state)
{
	uint32_t channel = knot();

	(void)state;
	assert_true(sn_sealed_blocks(&m.view, 1, 2));
	assert_true(sn_sealed_blocks(&m.view, 2, 1));
	assert_false(sn_sealed_blocks(&m.view, 1, 1));
	assert_false(sn_sealed_blocks(&m.view, 1, 3));
	/* Another sender could serve nobody who sends. */
	maker_wait(&m, 2, SN_WAIT_SEND, channel, 0);
	assert_false(sn_sealed_blocks(&m.view, 1, 2));
	assert_int_equal(found(), 3);
}

static void noise_is_survived(void **state)
{
	struct dice d = {5};

	(void)state;
	for (int i = 0; i < 300; i++) {
		struct sn_sealed s;
		uint32_t count;

		maker_free(&m);
		maker_init(&m);
		maker_noise(&m, &d, 1 + roll(&d, 40));
		count = sn_view_count(&m.view, SN_TABLE_THREAD);
		sn_sealed_begin(&s, &m.view, members, count);
		sn_sealed_find(&s);
		for (uint32_t t = 0; t < count; t++)
			for (uint32_t u = 0; u < count; u++)
				sn_sealed_blocks(&m.view, t, u);
	}
}

static int set_up(void **state)
{
	(void)state;
	maker_init(&m);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	maker_free(&m);
	return 0;
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(as_the_oracle_says),
		TEST(each_rule_by_itself),
		TEST(who_blocks_whom),
		TEST(noise_is_survived),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
