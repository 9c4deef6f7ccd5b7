/* SPDX-License-Identifier: Apache-2.0
 *
 * The writing half: the recorder that grows a file, and the registry in it, against naive models
 * and read back by the reader. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>
#include "base/reader.h"
#include "graph/registry.h"

static struct sn_recorder recorder;
static char path[64];

static int begin_with(uint64_t max_bytes)
{
	snprintf(path, sizeof path, "/tmp/snarl-test-%ld.snarl", (long)getpid());
	unlink(path);
	memset(&sn_registry, 0, sizeof sn_registry);
	return sn_recorder_create(&recorder, path, max_bytes);
}

static int begin(void **state)
{
	(void)state;
	return begin_with(256u << 20);
}

static int end(void **state)
{
	(void)state;
	sn_recorder_drop(&recorder);
	return unlink(path);
}

static uint32_t random_below(uint32_t n)
{
	static uint64_t seed = 42;
	seed = seed * 6364136223846793005u + 1442695040888963407u;
	return (uint32_t)(seed >> 33) % n;
}

static void file_must_be_new(void **state)
{
	struct sn_recorder other;
	(void)state;
	assert_int_equal(sn_recorder_create(&other, path, 1 << 20), -EEXIST);
	assert_int_equal(access(path, F_OK), 0);
}

static void records_never_move_and_read_back(void **state)
{
	struct sn_reader reader;
	char error[200];
	(void)state;
	uint32_t first = sn_recorder_append(&recorder, SN_TABLE_LOCK, 1);
	struct sn_lock_rec *at = sn_rec_lock(&recorder, first);
	at->address = 1;
	for (uint32_t i = 2; i <= 50000; i++)
		sn_rec_lock(&recorder, sn_recorder_append(&recorder, SN_TABLE_LOCK, 1))->address =
			i;
	assert_ptr_equal(at, sn_rec_lock(&recorder, first));
	assert_int_equal(sn_reader_open(&reader, path, error, sizeof error), 0);
	assert_int_equal(sn_view_count(&reader.view, SN_TABLE_LOCK), 50001);
	for (uint32_t i = 1; i <= 50000; i++)
		assert_int_equal(sn_view_lock(&reader.view, i)->address, i);
	sn_reader_close(&reader);
}

/* Neither the limit nor a full disk may harm: appending fails and is counted. */
static void a_full_recording_is_counted(void **state)
{
	(void)state;
	end(state);
	assert_int_equal(begin_with(256 << 10), 0);
	uint32_t n = 0;
	while (n < 100000 && sn_recorder_append(&recorder, SN_TABLE_LOCK, 1))
		n++;
	assert_in_range(n, 1000, 8192);
	assert_true(recorder.header->counters[SN_COUNTER_GROW_FAILED] > 0);
}

static void a_file_size_limit_is_no_signal(void **state)
{
	struct rlimit old, small;
	(void)state;
	getrlimit(RLIMIT_FSIZE, &old);
	small = old;
	small.rlim_cur = 128 << 10;
	setrlimit(RLIMIT_FSIZE, &small);
	uint32_t n = 0;
	while (n < 100000 && sn_recorder_append(&recorder, SN_TABLE_LOCK, 1))
		n++;
	setrlimit(RLIMIT_FSIZE, &old);
	assert_in_range(n, 100, 4096);
}

/* The program closed our descriptor and opened a file of its own under the same number. */
static void a_stolen_descriptor_is_left_alone(void **state)
{
	char name[] = "/tmp/snarl-test-XXXXXX";
	int theirs = mkstemp(name);
	(void)state;
	assert_int_equal(dup2(theirs, recorder.fd), recorder.fd);
	for (int i = 0; i < 10000; i++)
		assert_true(sn_recorder_append(&recorder, SN_TABLE_LOCK, 1) != 0);
	assert_int_equal(lseek(theirs, 0, SEEK_END), 0);
	close(theirs);
	unlink(name);
}

static void stacks_are_interned(void **state)
{
	uintptr_t pcs[8];
	uint32_t ids[4096] = {0};
	(void)state;
	for (int i = 0; i < 100000; i++) {
		uint32_t which = random_below(4096), depth = 1 + which % 8;
		for (uint32_t d = 0; d < depth; d++)
			pcs[d] = 0x400000 + which / 8 * 16 + d;
		uint32_t id = sn_registry_stack(&recorder, pcs, depth, which & 8 ? 1 : 2);
		assert_true(id != 0);
		if (ids[which])
			assert_int_equal(ids[which], id);
		ids[which] = id;
	}
	for (int i = 0; i < 4096; i++)
		for (int k = 0; ids[i] && k < i && i < 200; k++)
			assert_int_not_equal(ids[i], ids[k]);
}

static void objects_are_found_by_address(void **state)
{
	uint32_t model[5000] = {0};
	(void)state;
	for (int i = 0; i < 100000; i++) {
		uint32_t at = random_below(5000);
		uint64_t address = 0x7f0000000000 + (uint64_t)at * 40;
		assert_int_equal(sn_registry_object(&recorder, address), model[at]);
		if (random_below(3))
			continue;
		model[at] = random_below(1000);
		assert_int_equal(sn_registry_object_set(&recorder, address, model[at]), 0);
	}
}

static struct sn_held held(uint32_t lock)
{
	return (struct sn_held){.lock = lock, .stack = 1};
}

static uint32_t lock_at(uint64_t address)
{
	return sn_registry_lock_new(&recorder, address, SN_LOCK_MUTEX, 0, 0, 0);
}

static void a_context_keeps_threads_and_phases(void **state)
{
	(void)state;
	uint32_t a = lock_at(16), b = lock_at(32), c = lock_at(48);
	/* The set counts, not the order in which it was taken, nor empty slots. */
	struct sn_held one[] = {held(a), held(b)}, other[] = {held(b), held(0), held(a)};
	uint32_t t = sn_registry_thread_new(&recorder), u = sn_registry_thread_new(&recorder);
	assert_int_equal(sn_registry_dep_known(&recorder, t, c, 0, 7, one, 2), 0);
	assert_true(sn_registry_dep(&recorder, t, c, 0, 7, one, 2) != 0);
	assert_int_equal(sn_registry_dep(&recorder, t, c, 0, 7, other, 3), 0);
	assert_int_equal(sn_registry_dep_known(&recorder, t, c, 0, 7, other, 3), 1);
	assert_true(sn_registry_dep(&recorder, u, c, 0, 7, other, 3) != 0);
	sn_rec_thread(&recorder, t)->epoch++;
	assert_true(sn_registry_dep(&recorder, t, c, 0, 7, one, 2) != 0);
	assert_int_equal(recorder.header->tables[SN_TABLE_CONTEXT].used, 2);
	assert_int_equal(sn_registry_dep(&recorder, t, c, 0, 7, one, 0), 0);
}

static void a_context_is_bounded_and_keeps_the_newest(void **state)
{
	uint32_t last = 0;
	(void)state;
	struct sn_held h = held(lock_at(16));
	uint32_t b = lock_at(32);
	for (int i = 0; i < 1000; i++) {
		last = sn_registry_thread_new(&recorder);
		assert_true(sn_registry_dep(&recorder, last, b, 0, 7, &h, 1) != 0);
	}
	assert_in_range(recorder.header->tables[SN_TABLE_DEP].used, 3, 10);
	int newest = 0;
	for (uint32_t d = 1; d < recorder.header->tables[SN_TABLE_DEP].used; d++)
		newest |= sn_rec_dep(&recorder, d)->thread == last;
	assert_true(newest);
}

static uint32_t barrier_at(uint64_t address)
{
	uint32_t b = sn_registry_lock_new(&recorder, address, SN_LOCK_BARRIER, 0, 0, 0);
	sn_registry_sync_new(&recorder, b);
	return b;
}

static void pass(uint32_t thread, uint32_t barrier, uint32_t round)
{
	sn_rec_thread(&recorder, thread)->barrier[0] = barrier;
	sn_rec_thread(&recorder, thread)->barrier_round[0] = round;
}

/* Phases in a rhythm are one dependency for ever; those that come at random are bounded, and what
 * is kept names only what happened. */
static void phases_are_bounded_and_exact(void **state)
{
	(void)state;
	struct sn_held h = held(lock_at(16));
	uint32_t b = lock_at(32), barrier = barrier_at(48), t = sn_registry_thread_new(&recorder);
	for (uint32_t round = 1; round <= 100000; round += 7) {
		pass(t, barrier, round);
		assert_int_equal(sn_registry_dep(&recorder, t, b, 0, 7, &h, 1), 1);
		assert_int_equal(sn_registry_dep_known(&recorder, t, b, 0, 7, &h, 1), 1);
	}
	const struct sn_phases *p = &sn_rec_dep(&recorder, 1)->phases;
	assert_int_equal(p->barrier[0], barrier);
	assert_int_equal(p->first[0], 1);
	assert_int_equal(p->stride[0], 7);
	assert_int_equal(p->last[0], 99996);
	uint32_t now = 100000;
	for (int i = 0; i < 1000; i++) {
		pass(t, barrier, now += 1 + random_below(100));
		sn_registry_dep(&recorder, t, b, 0, 7, &h, 1);
	}
	assert_in_range(recorder.header->tables[SN_TABLE_DEP].used, 3, 4);
	uint32_t newest = 0;
	for (uint32_t d = 1; d < recorder.header->tables[SN_TABLE_DEP].used; d++)
		newest |= sn_rec_dep(&recorder, d)->phases.last[0] == now;
	assert_int_equal(newest, 1);
}

/* A round of a barrier whose record serves another one now is not taken for that one's. */
static void a_round_of_a_former_barrier_is_lost(void **state)
{
	(void)state;
	struct sn_held h = held(lock_at(16));
	uint32_t b = lock_at(32), old = barrier_at(48), t = sn_registry_thread_new(&recorder);
	pass(t, old, 5);
	sn_registry_lock_free(&recorder, old);
	uint32_t now = barrier_at(64);
	assert_int_equal(now, old);
	sn_rec_sync(&recorder, sn_rec_lock(&recorder, now)->sync)->first_round = 5;
	uint32_t d = sn_registry_dep(&recorder, t, b, 0, 7, &h, 1);
	assert_int_equal(sn_rec_dep(&recorder, d)->phases.barrier[0], SN_BARRIER_LOST);
	pass(t, now, 6);
	d = sn_registry_dep(&recorder, t, b, 0, 8, &h, 1);
	assert_int_equal(sn_rec_dep(&recorder, d)->phases.barrier[0], now);
	/* And one that is named stays what it is. */
	sn_registry_lock_free(&recorder, now);
	assert_int_not_equal(barrier_at(80), now);
}

static void threads_without_a_trace_are_used_again(void **state)
{
	(void)state;
	for (int i = 0; i < 100000; i++) {
		uint32_t t = sn_registry_thread_new(&recorder);
		assert_true(t != 0);
		assert_int_equal(sn_rec_thread(&recorder, t)->serial, i + 1);
		sn_registry_thread_free(&recorder, t);
	}
	/* The last few are remembered. */
	assert_in_range(recorder.header->tables[SN_TABLE_THREAD].used, 2, 80);
	uint32_t t = sn_registry_thread_new(&recorder);
	sn_rec_thread(&recorder, t)->held_count = 1;
	sn_registry_thread_free(&recorder, t);
	assert_int_not_equal(sn_registry_thread_new(&recorder), t);
}

static void locks_that_findings_name_are_kept(void **state)
{
	(void)state;
	uint32_t a = lock_at(16);
	sn_registry_lock_free(&recorder, a);
	uint32_t b = lock_at(32);
	assert_int_equal(a, b);
	sn_rec_lock(&recorder, b)->flags |= SN_LOCK_PINNED;
	sn_registry_lock_free(&recorder, b);
	assert_int_not_equal(lock_at(48), b);
}

static void equal_findings_are_counted(void **state)
{
	int fresh;
	(void)state;
	struct sn_finding f = {.kind = SN_KIND_UNLOCK_NOT_LOCKED, .verdict = SN_CONFIRMED};
	uint32_t t = sn_registry_thread_new(&recorder), l = lock_at(16);
	sn_finding_add(&f, (struct sn_part){
				   .role = SN_ROLE_UNLOCKED, .thread = t, .object = l, .stack = 3});
	uint32_t first = sn_registry_finding(&recorder, &f, 0, &fresh);
	assert_true(first && fresh);
	assert_int_equal(sn_registry_finding(&recorder, &f, 0, &fresh), first);
	assert_false(fresh);
	assert_int_equal(sn_rec_finding(&recorder, first)->count, 2);
	/* What a finding names stays what it is. */
	sn_registry_thread_free(&recorder, t);
	sn_registry_lock_free(&recorder, l);
	assert_int_not_equal(sn_registry_thread_new(&recorder), t);
	assert_int_not_equal(lock_at(32), l);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(file_must_be_new),
		TEST(records_never_move_and_read_back),
		TEST(a_full_recording_is_counted),
		TEST(a_file_size_limit_is_no_signal),
		TEST(a_stolen_descriptor_is_left_alone),
		TEST(stacks_are_interned),
		TEST(objects_are_found_by_address),
		TEST(a_context_keeps_threads_and_phases),
		TEST(a_context_is_bounded_and_keeps_the_newest),
		TEST(phases_are_bounded_and_exact),
		TEST(a_round_of_a_former_barrier_is_lost),
		TEST(threads_without_a_trace_are_used_again),
		TEST(locks_that_findings_name_are_kept),
		TEST(equal_findings_are_counted),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
