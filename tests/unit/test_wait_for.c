/* SPDX-License-Identifier: Apache-2.0
 *
 * The wait-for graph and the post-run judge over it: every reason alone with a twin that must stay
 * silent, and random states against an oracle that closes the whole graph. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <pthread.h>
#include <cmocka.h>
#include "base/names.h"
#include "graph/wait_for.h"
#include "tests/unit/view_maker.h"

#define CASES 60000
#define LOCKS 4
#define THREADS 6

static struct maker m;
static struct sn_finding f;

static int set_up(void **state)
{
	(void)state;
	maker_init(&m);
	for (int i = 0; i < 4; i++)
		maker_thread(&m, 0, 0);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	maker_free(&m);
	return 0;
}

static void hold(uint32_t thread, uint32_t lock, uint32_t mode)
{
	maker_hold(&m, thread, (struct sn_held){.lock = lock, .mode = mode, .stack = 100 + lock});
}

static void wait_lock(uint32_t thread, uint32_t lock, uint32_t mode)
{
	maker_wait(&m, thread, SN_WAIT_LOCK, lock, mode);
}

static struct sn_lock_rec *lock_at(uint32_t i)
{
	return maker_record(&m, SN_TABLE_LOCK, i);
}

static void expect_found(uint32_t thread, enum sn_kind kind, enum sn_why why, uint32_t parts)
{
	assert_int_equal(sn_wait_for_find(&m.view, thread, &f), 1);
	assert_int_equal(f.kind, kind);
	assert_int_equal(f.verdict, SN_CONFIRMED);
	assert_int_equal(f.why, why);
	assert_int_equal(f.part_count, parts);
}

static void expect_silence(void)
{
	for (uint32_t t = 0; t <= sn_view_count(&m.view, SN_TABLE_THREAD); t++)
		assert_int_equal(sn_wait_for_find(&m.view, t, &f), 0);
}

static void expect_part(uint32_t i, enum sn_role role, uint32_t thread, uint32_t object,
			uint32_t stack)
{
	assert_int_equal(f.parts[i].role, role);
	assert_int_equal(f.parts[i].thread, thread);
	assert_int_equal(f.parts[i].object, object);
	assert_int_equal(f.parts[i].stack, stack);
}

static void ring_of_two(void **state)
{
	uint32_t a = maker_lock(&m, SN_LOCK_MUTEX, 0), b = maker_lock(&m, SN_LOCK_MUTEX, 0);

	(void)state;
	hold(1, a, 0);
	hold(2, b, 0);
	wait_lock(1, b, 0);
	expect_silence();
	wait_lock(2, a, 0);
	for (uint32_t t = 1; t <= 2; t++) {
		expect_found(t, SN_KIND_DEADLOCK, SN_WHY_WAIT_RING, 4);
		expect_part(0, SN_ROLE_HOLDS, 1, a, 100 + a);
		expect_part(1, SN_ROLE_WAITS, 1, b, 1001);
		expect_part(2, SN_ROLE_HOLDS, 2, b, 100 + b);
		expect_part(3, SN_ROLE_WAITS, 2, a, 1002);
	}
	/* With the hint, right or wrong, it is the same. */
	lock_at(a)->owner_hint = 1;
	lock_at(b)->owner_hint = 3;
	expect_found(1, SN_KIND_DEADLOCK, SN_WHY_WAIT_RING, 4);
}

static void timed_waits_end(void **state)
{
	uint32_t a = maker_lock(&m, SN_LOCK_MUTEX, 0), b = maker_lock(&m, SN_LOCK_MUTEX, 0);

	(void)state;
	hold(1, a, 0);
	hold(2, b, 0);
	wait_lock(1, b, SN_MODE_TIMED);
	wait_lock(2, a, 0);
	expect_silence();
	wait_lock(1, b, SN_MODE_TRY);
	expect_silence();
	maker_wait(&m, 1, SN_WAIT_COND, b, 0);
	expect_silence();
}

static void ring_over_a_join(void **state)
{
	uint32_t a = maker_lock(&m, SN_LOCK_MUTEX, 0);

	(void)state;
	hold(1, a, 0);
	maker_wait(&m, 1, SN_WAIT_JOIN, 3, 0);
	expect_silence();
	wait_lock(3, a, 0);
	expect_found(3, SN_KIND_DEADLOCK, SN_WHY_WAIT_RING, 4);
	expect_part(0, SN_ROLE_HOLDS, 1, a, 100 + a);
	expect_part(1, SN_ROLE_WAITS, 1, 3, 1001);
	assert_int_equal(f.parts[1].object_is_thread, 1);
	expect_part(2, SN_ROLE_SUBJECT, 3, 0, 0);
	expect_part(3, SN_ROLE_WAITS, 3, a, 1003);
	assert_int_equal(f.parts[3].object_is_thread, 0);
}

static void one_of_several_readers(void **state)
{
	uint32_t rw = maker_lock(&m, SN_LOCK_RWLOCK, 0), a = maker_lock(&m, SN_LOCK_MUTEX, 0);

	(void)state;
	for (uint32_t t = 1; t <= 3; t++)
		hold(t, rw, SN_MODE_READ);
	hold(4, a, 0);
	wait_lock(4, rw, SN_MODE_READ);
	wait_lock(2, a, 0);
	expect_silence(); /* readers do not keep a reader out */
	wait_lock(4, rw, SN_MODE_WRITE);
	expect_found(4, SN_KIND_DEADLOCK, SN_WHY_WAIT_RING, 4);
	expect_part(0, SN_ROLE_HOLDS, 2, rw, 100 + rw);
}

static void writer_between(void **state)
{
	uint32_t rw = maker_lock(&m, SN_LOCK_RWLOCK_WRITER, 0);

	(void)state;
	hold(1, rw, SN_MODE_READ);
	wait_lock(1, rw, SN_MODE_READ);
	expect_silence();
	wait_lock(2, rw, SN_MODE_WRITE);
	expect_found(1, SN_KIND_DEADLOCK, SN_WHY_WRITER_BETWEEN, 4);
	expect_part(0, SN_ROLE_HOLDS, 1, rw, 100 + rw);
	expect_part(1, SN_ROLE_WAITS, 1, rw, 1001);
	expect_part(2, SN_ROLE_SUBJECT, 2, 0, 0);
	expect_part(3, SN_ROLE_WAITS, 2, rw, 1002);
	expect_found(2, SN_KIND_DEADLOCK, SN_WHY_WRITER_BETWEEN, 4);
	wait_lock(2, rw, SN_MODE_WRITE | SN_MODE_TIMED);
	expect_silence();
	wait_lock(2, rw, SN_MODE_WRITE);
	lock_at(rw)->type = SN_LOCK_RWLOCK;
	expect_silence();
}

static void self_case(enum sn_lock_type type, uint32_t held, uint32_t wanted, enum sn_why why)
{
	uint32_t l = maker_lock(&m, type, 0);

	maker_thread_at(&m, 1)->held_count = 0;
	hold(1, l, held);
	wait_lock(1, l, wanted);
	if (why == SN_WHY_NONE) {
		expect_silence();
		return;
	}
	expect_found(1, SN_KIND_SELF_DEADLOCK, why, 2);
	expect_part(0, SN_ROLE_HOLDS, 1, l, 100 + l);
	expect_part(1, SN_ROLE_WAITS, 1, l, 1001);
}

static void self_deadlocks(void **state)
{
	(void)state;
	self_case(SN_LOCK_MUTEX, 0, 0, SN_WHY_RELOCK);
	self_case(SN_LOCK_MUTEX_ADAPTIVE, 0, 0, SN_WHY_RELOCK);
	self_case(SN_LOCK_SPIN, SN_MODE_TRY, 0, SN_WHY_RELOCK);
	self_case(SN_LOCK_MUTEX_RECURSIVE, 0, 0, SN_WHY_NONE);
	self_case(SN_LOCK_MUTEX_ERRORCHECK, 0, 0, SN_WHY_NONE);
	self_case(SN_LOCK_MUTEX, 0, SN_MODE_TIMED, SN_WHY_NONE);
	self_case(SN_LOCK_RWLOCK, SN_MODE_READ, SN_MODE_WRITE, SN_WHY_UPGRADE);
	self_case(SN_LOCK_RWLOCK_WRITER, SN_MODE_WRITE, SN_MODE_READ, SN_WHY_READ_AFTER_WRITE);
	self_case(SN_LOCK_RWLOCK, SN_MODE_WRITE, SN_MODE_WRITE, SN_WHY_RELOCK);
	self_case(SN_LOCK_RWLOCK, SN_MODE_READ, SN_MODE_READ, SN_WHY_NONE);
	maker_wait(&m, 2, SN_WAIT_JOIN, 2, 0);
	expect_found(2, SN_KIND_SELF_DEADLOCK, SN_WHY_JOIN_SELF, 2);
	maker_wait(&m, 2, SN_WAIT_JOIN, 2, SN_MODE_TIMED);
	assert_int_equal(sn_wait_for_find(&m.view, 2, &f), 0);
}

static void orphaned(void **state)
{
	uint32_t a = maker_lock(&m, SN_LOCK_MUTEX, 0);

	(void)state;
	hold(3, a, 0);
	wait_lock(1, a, 0);
	expect_silence();
	maker_thread_at(&m, 3)->state = SN_THREAD_ENDED;
	expect_found(1, SN_KIND_DEADLOCK, SN_WHY_ORPHANED, 2);
	expect_part(0, SN_ROLE_HOLDS, 3, a, 100 + a);
	expect_part(1, SN_ROLE_WAITS, 1, a, 1001);
	lock_at(a)->flags = SN_LOCK_ROBUST;
	expect_silence();
	lock_at(a)->flags = SN_LOCK_PSHARED;
	expect_found(1, SN_KIND_DEADLOCK, SN_WHY_ORPHANED, 2);
	/* Somebody has it since: the ended thread's record is out of date. */
	hold(2, a, 0);
	expect_silence();
}

static void orphaned_reader(void **state)
{
	uint32_t rw = maker_lock(&m, SN_LOCK_RWLOCK, 0);

	(void)state;
	hold(2, rw, SN_MODE_READ);
	hold(3, rw, SN_MODE_READ);
	maker_thread_at(&m, 3)->state = SN_THREAD_JOINED;
	wait_lock(1, rw, SN_MODE_READ);
	expect_silence();
	wait_lock(1, rw, SN_MODE_WRITE);
	expect_found(1, SN_KIND_DEADLOCK, SN_WHY_ORPHANED, 2);
	/* A writer has come in since, so the ended reader cannot be in any more. */
	maker_thread_at(&m, 2)->held[0].mode = SN_MODE_WRITE;
	expect_silence();
	maker_thread_at(&m, 2)->held_count = 0;
	maker_thread_at(&m, 3)->held[0].mode = SN_MODE_WRITE;
	expect_found(1, SN_KIND_DEADLOCK, SN_WHY_ORPHANED, 2);
	hold(2, rw, SN_MODE_READ);
	expect_silence();
}

static void stuck_threads(void **state)
{
	uint32_t a = maker_lock(&m, SN_LOCK_MUTEX, 0), b = maker_lock(&m, SN_LOCK_MUTEX, 0);
	uint32_t c = maker_lock(&m, SN_LOCK_MUTEX, 0), other = maker_thread(&m, 0, 0);

	(void)state;
	hold(2, a, 0);
	hold(3, b, 0);
	wait_lock(2, b, 0);
	wait_lock(3, a, 0);
	maker_wait(&m, 4, SN_WAIT_JOIN, 2, 0);
	hold(4, c, 0);
	wait_lock(1, c, 0);
	expect_found(2, SN_KIND_DEADLOCK, SN_WHY_WAIT_RING, 4);
	for (uint32_t t = 1; t <= 4; t++)
		assert_int_equal(sn_wait_for_stuck(&m.view, t, &f), 1);
	assert_int_equal(sn_wait_for_stuck(&m.view, other, &f), 0);
	maker_wait(&m, 4, SN_WAIT_JOIN, 2, SN_MODE_TIMED);
	assert_int_equal(sn_wait_for_stuck(&m.view, 4, &f), 0);
	assert_int_equal(sn_wait_for_stuck(&m.view, 1, &f), 0);
}

static void long_ring(void **state)
{
	uint32_t n = 30;

	(void)state;
	for (uint32_t i = 0; i < n; i++)
		maker_lock(&m, SN_LOCK_MUTEX, 0);
	while (sn_view_count(&m.view, SN_TABLE_THREAD) <= n)
		maker_thread(&m, 0, 0);
	for (uint32_t i = 0; i < n; i++) {
		hold(i + 1, i + 1, 0);
		wait_lock(i + 1, (i + 1) % n + 1, 0);
	}
	expect_found(17, SN_KIND_DEADLOCK, SN_WHY_WAIT_RING, 2 * n);
	expect_part(0, SN_ROLE_HOLDS, 1, 1, 101);
}

/* Held sets that have grown out of the thread record. */
static void held_in_the_table(void **state)
{
	uint32_t a = maker_lock(&m, SN_LOCK_MUTEX, 0), b = maker_lock(&m, SN_LOCK_MUTEX, 0);
	struct sn_thread_rec *t = maker_thread_at(&m, 1);

	(void)state;
	t->held_more = maker_add(&m, SN_TABLE_HELD, 20);
	t->held_count = 20;
	*(struct sn_held *)maker_record(&m, SN_TABLE_HELD, t->held_more + 19) =
		(struct sn_held){.lock = a, .stack = 77};
	hold(2, b, 0);
	wait_lock(1, b, 0);
	wait_lock(2, a, 0);
	expect_found(2, SN_KIND_DEADLOCK, SN_WHY_WAIT_RING, 4);
	expect_part(0, SN_ROLE_HOLDS, 1, a, 77);
}

/* Long after the last wait, with nobody to ask. */
static void detect(struct collector *c)
{
	const struct sn_hang hang = {.end_ns = 1000000000000u, .end_known = 1};
	struct test_memory memory;

	test_memory_init(&memory);
	sn_detect_stuck(&m.view, &hang, &memory.memory, &c->sink);
	assert_int_equal(memory.in_use, 0);
}

static void judge_tells_each_ring_once(void **state)
{
	struct collector c;

	(void)state;
	collector_init(&c);
	while (sn_view_count(&m.view, SN_TABLE_THREAD) <= 200)
		maker_thread(&m, 0, 0);
	for (uint32_t i = 1; i <= 200; i++) {
		maker_lock(&m, SN_LOCK_MUTEX, 0);
		hold(i, i, 0);
		wait_lock(i, i % 2 ? i + 1 : i - 1, 0);
	}
	detect(&c);
	assert_int_equal(c.count, 100);
	collector_free(&c);
}

static void noise_is_survived(void **state)
{
	struct dice d = {5};
	struct collector c;

	(void)state;
	collector_init(&c);
	for (int i = 0; i < 500; i++) {
		collector_clear(&c);
		maker_free(&m);
		maker_init(&m);
		maker_noise(&m, &d, 1 + roll(&d, 40));
		detect(&c);
		for (uint32_t t = 0; t < 20; t++)
			sn_wait_for_stuck(&m.view, t, &f);
	}
	collector_free(&c);
}

#define TURNS 300000

static void publish(struct sn_thread_rec *t, enum sn_wait kind, uint64_t since)
{
	__atomic_store_n(&t->wait_since_ns, since, __ATOMIC_RELEASE);
	__atomic_store_n(&t->wait_kind, (uint32_t)kind, __ATOMIC_SEQ_CST);
}

/* Threads 1 and 2 wait for each other's lock, but never both at once. */
static void *take_turns(void *stop)
{
	for (uint64_t i = 1; !__atomic_load_n((int *)stop, __ATOMIC_RELAXED); i++) {
		struct sn_thread_rec *t = maker_thread_at(&m, 1 + i % 2);

		publish(t, SN_WAIT_LOCK, i);
		for (uint64_t pause = i % 61; pause; pause--)
			__asm__ volatile("pause");
		publish(t, SN_WAIT_NONE, i);
	}
	return NULL;
}

static void torn_pictures_are_refused(void **state)
{
	uint32_t a = maker_lock(&m, SN_LOCK_MUTEX, 0), b = maker_lock(&m, SN_LOCK_MUTEX, 0);
	pthread_t turner;
	int stop = 0, found = 0;

	(void)state;
	hold(1, a, 0);
	hold(2, b, 0);
	maker_thread_at(&m, 1)->wait_object = b;
	maker_thread_at(&m, 2)->wait_object = a;
	assert_int_equal(pthread_create(&turner, NULL, take_turns, &stop), 0);
	for (uint32_t i = 0; i < TURNS; i++)
		found += sn_wait_for_find(&m.view, 1 + i % 2, &f);
	__atomic_store_n(&stop, 1, __ATOMIC_RELAXED);
	pthread_join(turner, NULL);
	assert_int_equal(found, 0);
}

/* --- The oracle --- */

struct oracle {
	uint8_t edge[THREADS + 1][THREADS + 1];
	uint8_t path[THREADS + 1][THREADS + 1];
	uint8_t self[THREADS + 1];
	uint8_t orphaned[THREADS + 1];
};

static int blocks_on(const struct sn_thread_rec *t, enum sn_wait kind)
{
	return t->state == SN_THREAD_RUNNING && t->wait_kind == kind &&
	       !(t->wait_mode & (SN_MODE_TRY | SN_MODE_TIMED));
}

/* Whether it holds the lock in a way that a wait in `mode` has to see the end of. */
static int holds(const struct sn_thread_rec *t, uint32_t lock, uint32_t mode)
{
	for (uint32_t i = 0; i < t->held_count; i++)
		if (t->held[i].lock == lock &&
		    (!(mode & SN_MODE_READ) || !(t->held[i].mode & SN_MODE_READ)))
			return 1;
	return 0;
}

static int self_deadlock(const struct sn_thread_rec *t)
{
	switch (lock_at(t->wait_object)->type) {
	case SN_LOCK_MUTEX_RECURSIVE:
		return 0;
	default:
		return holds(t, t->wait_object, t->wait_mode);
	}
}

/* Whether a living thread other than `a` holds the lock exclusively: then it alone is waited for.
 */
static int is_written(uint32_t lock, uint32_t a)
{
	for (uint32_t t = 1; t <= THREADS; t++)
		if (t != a && maker_thread_at(&m, t)->state == SN_THREAD_RUNNING &&
		    holds(maker_thread_at(&m, t), lock, SN_MODE_READ))
			return 1;
	return 0;
}

static void lock_edges(struct oracle *o, uint32_t a)
{
	const struct sn_thread_rec *t = maker_thread_at(&m, a);
	const struct sn_lock_rec *lock = lock_at(t->wait_object);

	o->self[a] = (uint8_t)self_deadlock(t);
	for (uint32_t b = 1; b <= THREADS; b++) {
		const struct sn_thread_rec *u = maker_thread_at(&m, b);
		int blocked = holds(u, t->wait_object, t->wait_mode);

		if (b == a)
			continue;
		if (u->state == SN_THREAD_ENDED)
			o->orphaned[a] |= blocked && !(lock->flags & SN_LOCK_ROBUST);
		else
			o->edge[a][b] = (uint8_t)blocked;
		if (t->wait_mode & SN_MODE_READ && lock->type == SN_LOCK_RWLOCK_WRITER &&
		    !is_written(t->wait_object, a) && blocks_on(u, SN_WAIT_LOCK) &&
		    u->wait_object == t->wait_object && !(u->wait_mode & SN_MODE_READ))
			o->edge[a][b] = 1;
	}
}

static void ask_oracle(struct oracle *o)
{
	memset(o, 0, sizeof(*o));
	for (uint32_t a = 1; a <= THREADS; a++) {
		const struct sn_thread_rec *t = maker_thread_at(&m, a);

		if (blocks_on(t, SN_WAIT_LOCK))
			lock_edges(o, a);
		if (blocks_on(t, SN_WAIT_JOIN) && t->wait_object == a)
			o->self[a] = 1;
		else if (blocks_on(t, SN_WAIT_JOIN))
			o->edge[a][t->wait_object] = 1;
	}
	memcpy(o->path, o->edge, sizeof(o->path));
	for (int k = 1; k <= THREADS; k++)
		for (int i = 1; i <= THREADS; i++)
			for (int j = 1; j <= THREADS; j++)
				o->path[i][j] |= o->path[i][k] && o->path[k][j];
}

static int is_free(uint32_t lock, uint32_t mode)
{
	for (uint32_t t = 1; t <= THREADS; t++)
		if (holds(maker_thread_at(&m, t), lock, mode))
			return 0;
	return 1;
}

static void random_state(struct dice *d)
{
	static const enum sn_lock_type type[] = {SN_LOCK_MUTEX, SN_LOCK_MUTEX_RECURSIVE,
						 SN_LOCK_RWLOCK, SN_LOCK_RWLOCK_WRITER};
	static const uint32_t flag[] = {0, 0, SN_MODE_TIMED, 0, SN_MODE_TRY, 0, 0, 0};

	for (uint32_t i = 1; i <= LOCKS; i++) {
		maker_lock(&m, type[roll(d, 4)], 0);
		lock_at(i)->flags = roll(d, 4) ? 0 : SN_LOCK_ROBUST;
		lock_at(i)->owner_hint = roll(d, THREADS + 2);
	}
	for (uint32_t t = 1; t <= THREADS; t++) {
		maker_thread(&m, 0, 0);
		if (!roll(d, 8))
			maker_thread_at(&m, t)->state = SN_THREAD_ENDED;
	}
	for (uint32_t i = 0; i < 10; i++) {
		uint32_t t = 1 + roll(d, THREADS), lock = 1 + roll(d, LOCKS);
		uint32_t read =
			sn_lock_family(lock_at(lock)->type) == SN_FAMILY_RWLOCK && roll(d, 2);

		if (is_free(lock, read) && !holds(maker_thread_at(&m, t), lock, SN_MODE_WRITE))
			hold(t, lock, read);
	}
	for (uint32_t t = 1; t <= THREADS; t++) {
		uint32_t kind = roll(d, 9), lock = 1 + roll(d, LOCKS);
		uint32_t read =
			sn_lock_family(lock_at(lock)->type) == SN_FAMILY_RWLOCK && roll(d, 2);
		uint32_t other = 1 + roll(d, THREADS), flags = flag[roll(d, 8)];

		if (kind == 0)
			continue;
		if (kind == 1)
			maker_wait(&m, t, SN_WAIT_COND, lock, 0);
		else if (kind == 2)
			maker_wait(&m, t, SN_WAIT_JOIN, other, flags);
		else
			wait_lock(t, lock, read | flags);
	}
}

static int in_finding(uint32_t thread)
{
	for (uint32_t i = 0; i < f.part_count; i++)
		if (f.parts[i].role == SN_ROLE_WAITS && f.parts[i].thread == thread)
			return 1;
	return 0;
}

static void check_ring(const struct oracle *o, uint32_t thread)
{
	uint32_t n = f.part_count / 2;

	assert_int_equal(f.kind, SN_KIND_DEADLOCK);
	assert_true(f.why == SN_WHY_WAIT_RING || f.why == SN_WHY_WRITER_BETWEEN);
	assert_true(in_finding(thread));
	for (uint32_t i = 0; i < n; i++) {
		const struct sn_part *p = &f.parts[2 * i], *q = &f.parts[2 * ((i + 1) % n)];

		assert_int_equal(p[0].thread, p[1].thread);
		assert_int_equal(p[1].role, SN_ROLE_WAITS);
		assert_true(o->edge[p[0].thread][q[0].thread]);
		assert_true(f.parts[0].thread <= p[0].thread);
		if (q[0].role == SN_ROLE_HOLDS)
			assert_int_equal(p[1].object, q[0].object);
	}
}

static void check_stuck(const struct oracle *o)
{
	for (uint32_t t = 1; t <= THREADS; t++) {
		int expected = in_finding(t);

		for (uint32_t u = 1; u <= THREADS; u++)
			expected |= in_finding(u) && o->path[t][u];
		assert_int_equal(sn_wait_for_stuck(&m.view, t, &f), expected);
	}
}

static void against_oracle(void **state)
{
	struct dice d = {424242};
	struct oracle o;
	uint32_t rings = 0, selves = 0, orphans = 0, long_ones = 0;

	(void)state;
	for (int i = 0; i < CASES; i++) {
		maker_free(&m);
		maker_init(&m);
		random_state(&d);
		ask_oracle(&o);
		for (uint32_t t = 1; t <= THREADS; t++) {
			int expected = o.self[t] || o.path[t][t] || o.orphaned[t];

			assert_int_equal(sn_wait_for_find(&m.view, t, &f), expected);
			if (!expected)
				continue;
			if (o.self[t]) {
				assert_int_equal(f.kind, SN_KIND_SELF_DEADLOCK);
				selves++;
			} else if (o.path[t][t]) {
				check_ring(&o, t);
				rings++;
				long_ones += f.part_count > 6;
			} else {
				assert_int_equal(f.why, SN_WHY_ORPHANED);
				orphans++;
			}
			check_stuck(&o);
		}
	}
	print_message("%d cases: %u rings (%u of more than three threads), %u selves, %u orphans\n",
		      CASES, rings, long_ones, selves, orphans);
	assert_true(rings > 1000 && selves > 1000 && orphans > 1000 && long_ones > 20);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(ring_of_two),       TEST(timed_waits_end),
		TEST(ring_over_a_join),  TEST(one_of_several_readers),
		TEST(writer_between),    TEST(self_deadlocks),
		TEST(orphaned),          TEST(orphaned_reader),
		TEST(stuck_threads),     TEST(long_ring),
		TEST(held_in_the_table), TEST(judge_tells_each_ring_once),
		TEST(noise_is_survived), TEST(torn_pictures_are_refused),
		TEST(against_oracle),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
