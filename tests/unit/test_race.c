/* SPDX-License-Identifier: Apache-2.0
 *
 * The race engine against the oracle of every pair of accesses, on random programs of four threads;
 * and what random programs do not reach.  SNARL_RACE_PROGRAMS says how many programs (seeds are
 * fixed). */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/mman.h>
#include "race/access.h"
#include "race/sync.h"
#include "tests/unit/race_oracle_maker.h"

#define THREADS 4
#define BASE 0x5555aaaa0000u
#define BYTES 24
#define OBJECT(n) (BASE + 4096 + 8 * (uintptr_t)(n))

static struct oracle o;
static struct sn_race_thread *threads[THREADS];
static int names[THREADS]; /* the oracle's */
static uint32_t serials[ORACLE_THREADS];
static int created;
static struct sn_race_thread *root; /* creates the first threads, and joins all in the end */
static struct sn_race_thread *gone[ORACLE_THREADS];
static int gone_count;
static struct sn_race last;
static int found;
static uint64_t all_found;
static uint64_t seed;

static uint32_t draw(uint32_t n)
{
	seed = seed * 6364136223846793005u + 1442695040888963407u;
	return (uint32_t)(seed >> 33) % n;
}

static void note(struct sn_race_thread *t, const struct sn_race *race)
{
	assert_int_equal(race->now.serial, t->serial);
	last = *race;
	__atomic_fetch_add(&found, 1, __ATOMIC_RELAXED);
	all_found++;
}

static void stands_in(int place, struct sn_race_thread *t)
{
	assert_non_null(t);
	threads[place] = t;
	names[place] = created++;
	serials[names[place]] = t->serial;
}

static void start_program(void)
{
	oracle_start(&o);
	created = gone_count = 0;
	for (int i = 0; i < THREADS; i++)
		stands_in(i, sn_race_thread_new(root));
}

static void end_thread(struct sn_race_thread *t)
{
	sn_race_thread_end(t);
	gone[gone_count++] = t;
}

static void end_program(void)
{
	sn_race_forget(root, BASE, 8192);
	for (int i = 0; i < THREADS; i++)
		end_thread(threads[i]);
	for (int i = 0; i < gone_count; i++) {
		sn_race_thread_join(root, gone[i]);
		sn_race_thread_free(gone[i]);
	}
}

/* What the engine told of an access against what the oracle knows. */
static void judge(int event)
{
	int must = oracle_must_report(&o, event);
	if (must >= 0 && !found)
		fail_msg("event %d races with %d: not reported", event, must);
	if (!found)
		return;
	int earlier = (int)last.before.context - 1;
	const struct oracle_event *e = &o.events[earlier], *now = &o.events[event];
	assert_true(oracle_is_race(&o, earlier, event));
	assert_int_equal(last.before.serial, serials[e->thread]);
	assert_int_equal(last.before.what, e->what);
	assert_int_equal(last.now.context - 1, event);
	assert_true(last.before.address < now->address + now->size);
	assert_true(now->address < last.before.address + last.before.size);
}

static void do_access(int place)
{
	static const uint8_t sizes[] = {1, 2, 4, 8, 16, 3, 7, 13};
	size_t size = sizes[draw(sizeof sizes)];
	uintptr_t address = BASE + draw(BYTES - (uint32_t)size + 1);
	uint32_t what = draw(4);
	int event = oracle_access(&o, names[place], address, size, what);
	found = 0;
	int simple = size <= 8 && !(size & (size - 1)) && !(address & (size - 1));
	int seen = simple && (sn_race_seen(threads[place], address, size, what) ||
			      sn_race_seen_among(threads[place], address, size, what));
	if (!seen)
		sn_race_access(threads[place], address, size, what, (uint32_t)event + 1);
	judge(event);
}

/* The operation's own access races with plain ones of the same bytes. */
static void do_atomic(int place)
{
	struct sn_sync_op op;
	int n = (int)draw(2), order = (int)draw(6), name = names[place];
	int kind = (int)draw(3); /* load, store, both */
	uintptr_t address = BASE + 8 * (uintptr_t)n;
	uint32_t what = SN_RACE_ATOMIC | (kind ? SN_RACE_WRITE : SN_RACE_READ);
	assert_true(sn_sync_open(&op, threads[place], address));
	if (kind != 1) {
		sn_sync_load(&op, (enum sn_order)order);
		oracle_load(&o, name, n, order);
	}
	int event = oracle_access(&o, name, address, 8, what);
	found = 0;
	sn_race_access_within(threads[place], address, 8, what, (uint32_t)event + 1);
	judge(event);
	if (kind) {
		if (kind == 1)
			sn_sync_store(&op, (enum sn_order)order);
		else
			sn_sync_exchange(&op, (enum sn_order)order);
		oracle_store(&o, name, n, order, kind == 2);
	}
	sn_sync_close(&op);
}

static void do_sync(int place)
{
	int n = 2 + (int)draw(3), only = n == 2;
	switch (draw(only ? 1 : 2)) {
	case 0: /* as a lock: acquired before it is released */
		sn_sync_acquire(threads[place], OBJECT(n));
		oracle_acquire(&o, names[place], n);
		if (!only)
			break;
		sn_sync_release(threads[place], OBJECT(n), 1);
		oracle_release(&o, names[place], n, 1);
		break;
	case 1:
		sn_sync_release(threads[place], OBJECT(n), 0);
		oracle_release(&o, names[place], n, 0);
	}
}

static void do_fence(int place)
{
	int order = 2 + (int)draw(4);
	sn_sync_fence(threads[place], (enum sn_order)order);
	oracle_fence(&o, names[place], order);
}

/* The thread ends, another one joins it or not, and creates one in its place. */
static void do_replace(int place)
{
	int by = (place + 1 + (int)draw(THREADS - 1)) % THREADS;
	if (created == ORACLE_THREADS)
		return;
	struct sn_race_thread *old = threads[place];
	end_thread(old);
	if (draw(2)) {
		sn_race_thread_join(threads[by], old);
		oracle_join(&o, names[by], names[place]);
	}
	stands_in(place, sn_race_thread_new(threads[by]));
	oracle_create(&o, names[by], names[place]);
}

static void run_program(uint64_t number)
{
	seed = number * 0x9e3779b97f4a7c15u + 1;
	start_program();
	while (o.count < ORACLE_EVENTS) {
		int place = (int)draw(THREADS);
		uint32_t what = draw(16);
		if (what < 8)
			do_access(place);
		else if (what < 11)
			do_atomic(place);
		else if (what < 14)
			do_sync(place);
		else if (what < 15)
			do_fence(place);
		else
			do_replace(place);
	}
	end_program();
}

static void agrees_with_every_pair(void **state)
{
	const char *said = getenv("SNARL_RACE_PROGRAMS");
	uint64_t programs = said ? strtoull(said, NULL, 10) : 20000;
	(void)state;
	for (uint64_t i = 0; i < programs; i++)
		run_program(i);
	assert_true(all_found > programs);
	assert_int_equal(sn_race_lost[SN_LOSS_CELL], 0);
	assert_int_equal(sn_race_lost[SN_LOSS_SLOT], 0);
}

#define WRITE(t, at, size, context) sn_race_access(t, at, size, SN_RACE_WRITE, context)
#define READ(t, at, size, context) sn_race_access(t, at, size, SN_RACE_READ, context)

static void join(struct sn_race_thread *t)
{
	sn_race_thread_end(t);
	sn_race_thread_join(root, t);
	sn_race_thread_free(t);
}

/* The context of what the last access raced with; 0: it did not. */
static uint32_t raced_with(void)
{
	uint32_t context = found ? last.before.context : 0;
	found = 0;
	return context;
}

static void any_distance(void **state)
{
	struct sn_race_thread *a = sn_race_thread_new(root), *b = sn_race_thread_new(root);
	(void)state;
	found = 0;
	WRITE(a, BASE, 4, 7);
	for (uint32_t i = 0; i < 300000; i++)
		WRITE(a, BASE + 4096 + i * 8, 8, i & 0xffff);
	sn_sync_release(a, OBJECT(0), 0);
	WRITE(a, BASE + 4096, 8, 1);
	assert_int_equal(raced_with(), 0);
	READ(b, BASE + 2, 1, 9);
	assert_int_equal(raced_with(), 7);
	assert_int_equal(last.before.serial, a->serial);
	join(a);
	join(b);
	sn_race_forget(root, BASE, 4 << 20);
}

/* Eight threads write a byte each of one word; a wider access races with each of them. */
static void bytes_of_one_word(void **state)
{
	struct sn_race_thread *t[9];
	(void)state;
	found = 0;
	for (uint32_t i = 0; i < 9; i++)
		t[i] = sn_race_thread_new(root);
	for (uint32_t i = 0; i < 8; i++)
		WRITE(t[i], BASE + i, 1, i + 1);
	assert_int_equal(raced_with(), 0);
	for (uint32_t i = 0; i < 7; i++) {
		READ(t[8], BASE + i, 1, 20);
		assert_int_equal(raced_with(), i + 1);
		sn_race_thread_join(t[8], t[i]);
	}
	READ(t[8], BASE, 7, 20);
	assert_int_equal(raced_with(), 0);
	READ(t[8], BASE, 8, 20);
	assert_int_equal(raced_with(), 8);
	for (uint32_t i = 0; i < 9; i++)
		join(t[i]);
	sn_race_forget(root, BASE, 8);
}

/* Many readers of one word, and a writer that is ordered after all of them but one. */
static void many_readers(void **state)
{
	struct sn_race_thread *t[40], *writer = sn_race_thread_new(root);
	(void)state;
	found = 0;
	for (uint32_t i = 0; i < 40; i++) {
		t[i] = sn_race_thread_new(root);
		READ(t[i], BASE, 8, i + 1);
		READ(t[i], BASE, 8, i + 1);
		if (i != 25)
			sn_sync_release(t[i], OBJECT(1), 0);
	}
	sn_sync_acquire(writer, OBJECT(1));
	WRITE(writer, BASE + 3, 1, 99);
	assert_int_equal(raced_with(), 26);
	for (uint32_t i = 0; i < 40; i++)
		join(t[i]);
	join(writer);
	sn_race_forget(root, BASE, 8192);
}

static void many_threads_alive(void **state)
{
	enum { MANY = 500 };
	static struct sn_race_thread *t[MANY];
	(void)state;
	found = 0;
	for (uint32_t i = 0; i < MANY; i++) {
		t[i] = sn_race_thread_new(root);
		WRITE(t[i], BASE + 8 * i, 8, i + 1);
	}
	for (uint32_t i = 1; i < MANY; i++) {
		READ(t[0], BASE + 8 * i, 8, 1);
		assert_int_equal(raced_with(), i + 1);
		assert_int_equal(last.before.serial, t[i]->serial);
	}
	for (uint32_t i = 0; i < MANY; i++)
		join(t[i]);
	sn_race_forget(root, BASE, 8192);
}

/* Slots of joined threads serve others: those who live keep theirs, and nothing is forgotten. */
static void threads_come_and_go(void **state)
{
	struct sn_race_thread *old = sn_race_thread_new(root);
	uint32_t highest = 0;
	(void)state;
	found = 0;
	WRITE(old, BASE, 4, 5);
	for (uint32_t i = 0; i < 20000; i++) {
		struct sn_race_thread *t = sn_race_thread_new(root);
		WRITE(t, BASE + 64, 8, 6);
		highest = t->slot > highest ? t->slot : highest;
		join(t);
		sn_sync_release(root, OBJECT(2), 0);
		sn_sync_acquire(old, OBJECT(2));
	}
	assert_int_equal(raced_with(), 0);
	assert_true(highest < 600); /* what the tests before have left, not 20000 */
	struct sn_race_thread *t = sn_race_thread_new(root);
	WRITE(t, BASE, 2, 8);
	assert_int_equal(raced_with(), 5);
	assert_int_equal(last.before.serial, old->serial);
	join(t);
	join(old);
	sn_race_forget(root, BASE, 8192);
}

/* A thread whose clock comes to its end goes on in another slot. */
static void clock_ends(void **state)
{
	struct sn_race_thread *a = sn_race_thread_new(root), *b = sn_race_thread_new(root);
	uint32_t slot = a->slot;
	(void)state;
	found = 0;
	WRITE(a, BASE, 1, 3);
	while (a->slot == slot)
		sn_race_thread_tick(a);
	WRITE(a, BASE, 1, 4);
	WRITE(a, BASE + 8, 1, 5);
	assert_int_equal(raced_with(), 0);
	READ(b, BASE, 1, 6);
	assert_int_equal(raced_with(), 4);
	assert_int_equal(last.before.serial, a->serial);
	sn_sync_release(a, OBJECT(3), 0);
	sn_sync_acquire(b, OBJECT(3));
	READ(b, BASE, 16, 6);
	assert_int_equal(raced_with(), 0);
	join(a);
	join(b);
	sn_race_forget(root, BASE, 8192);
}

/* Forgotten memory is new: no race with what was there, no object, no space. */
static void memory_is_given_back(void **state)
{
	struct sn_race_thread *a = sn_race_thread_new(root), *b = sn_race_thread_new(root);
	uintptr_t end = BASE + (64u << 20);
	unsigned char there;
	(void)state;
	found = 0;
	for (uintptr_t at = BASE + 3; at < end; at += 4096)
		WRITE(a, at, 16, 2);
	sn_sync_release(a, BASE + 40960, 0);
	const struct sn_word *word = sn_shadow_word(sn_shadow_leaf(BASE + 8192), BASE + 8192);
	void *page = (void *)((uintptr_t)word & ~4095ul);
	assert_int_equal(mincore(page, 4096, &there), 0);
	assert_int_equal(there & 1, 1);
	sn_race_forget(root, BASE + 4, (64u << 20) - 4);
	assert_int_equal(mincore(page, 4096, &there), 0);
	assert_int_equal(there & 1, 0);
	WRITE(b, BASE + 4, (64u << 20) - 4, 3);
	assert_int_equal(raced_with(), 0);
	sn_sync_acquire(b, BASE + 40960);
	WRITE(b, BASE + 3, 1, 3);
	assert_int_equal(raced_with(), 2);
	join(a);
	join(b);
	sn_race_forget(root, BASE, 64u << 20);
}

/* Threads of the system at work in the engine at once: a table that all read, words that each of
 * them writes under a lock, and one byte that nothing guards. */
static pthread_mutex_t guard = PTHREAD_MUTEX_INITIALIZER;
static pthread_barrier_t together;

static void *work(void *p)
{
	struct sn_race_thread *t = p;
	pthread_barrier_wait(&together);
	for (uint32_t i = 0; i < 20000; i++) {
		READ(t, BASE + 8 * (i % 512), 8, 2);
		pthread_mutex_lock(&guard);
		sn_sync_acquire(t, OBJECT(4));
		WRITE(t, BASE + 8192 + i % 64, 3, 3);
		sn_sync_release(t, OBJECT(4), 1);
		pthread_mutex_unlock(&guard);
	}
	pthread_barrier_wait(&together);
	WRITE(t, BASE + 8192 + 512, 1, 77);
	return NULL;
}

static void at_once(void **state)
{
	pthread_t id[4];
	struct sn_race_thread *t[4];
	(void)state;
	sn_race_forget(root, BASE, 16384);
	found = 0;
	WRITE(root, BASE, 4096, 1);
	pthread_barrier_init(&together, NULL, 5);
	for (int i = 0; i < 4; i++) {
		t[i] = sn_race_thread_new(root);
		pthread_create(&id[i], NULL, work, t[i]);
	}
	pthread_barrier_wait(&together);
	pthread_barrier_wait(&together);
	for (int i = 0; i < 4; i++)
		pthread_join(id[i], NULL);
	WRITE(root, BASE + 8192 + 512, 1, 78);
	assert_int_equal(raced_with(), 77);
	for (int i = 0; i < 4; i++)
		join(t[i]);
	WRITE(root, BASE, 16384, 78);
	assert_int_equal(raced_with(), 0);
	sn_race_forget(root, BASE, 16384);
}

static int set_up(void **state)
{
	(void)state;
	sn_race_found = note;
	assert_int_equal(sn_shadow_start(), 0);
	root = sn_race_thread_new(NULL);
	assert_non_null(root);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(agrees_with_every_pair),
		cmocka_unit_test(any_distance),
		cmocka_unit_test(bytes_of_one_word),
		cmocka_unit_test(many_readers),
		cmocka_unit_test(many_threads_alive),
		cmocka_unit_test(threads_come_and_go),
		cmocka_unit_test(clock_ends),
		cmocka_unit_test(memory_is_given_back),
		cmocka_unit_test(at_once),
	};
	return cmocka_run_group_tests(tests, set_up, NULL);
}
