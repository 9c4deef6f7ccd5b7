/* SPDX-License-Identifier: Apache-2.0
 *
 * From recordings made by hand to reports: merging, order, ids, suppressions, endings, text, JSON.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <jansson.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "report/formats.h"
#include "tests/unit/recording_maker.h"

#define BASE 0x10000000ull /* where the only module of these recordings lies */
#define SECOND 1000000000ull

/* A report and the process under construction. */
struct fixture {
	struct sn_options options;
	struct sn_report *r;
	struct sn_maker m;
	uint64_t base;
	char *text;
	size_t size;
};

static void start_process(struct fixture *f)
{
	uint32_t i;

	sn_maker_begin(&f->m);
	f->m.header.pid = 4000001; /* above any process number in use */
	f->m.header.exe = sn_maker_text(&f->m, "/opt/bin/server");
	f->m.header.arguments = sn_maker_text(&f->m, "server");
	f->m.header.argument_count = 1;
	f->m.header.started_ns = 1000 * SECOND;
	f->m.header.started_mono_ns = 10 * SECOND;
	f->m.header.ended_mono_ns = 15 * SECOND;
	f->m.header.ended_how = SN_ENDED_EXIT;
	i = sn_maker_add(&f->m, SN_TABLE_MODULE, 1);
	*(struct sn_module_rec *)sn_maker_at(&f->m, SN_TABLE_MODULE, i) =
		(struct sn_module_rec){.start = f->base,
				       .end = f->base + 0x100000,
				       .bias = f->base,
				       .path = sn_maker_text(&f->m, "/nonexistent/server"),
				       .unloaded_epoch = UINT32_MAX};
}

static int begin(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	sn_options_default(&f->options);
	f->r = sn_report_new(&f->options);
	f->base = BASE;
	start_process(f);
	*state = f;
	return 0;
}

static int end(void **state)
{
	struct fixture *f = *state;

	sn_report_free(f->r);
	sn_maker_end(&f->m);
	free(f->text);
	free(f);
	return 0;
}

static uint32_t stack(struct fixture *f, uint64_t offset)
{
	uint64_t pcs[] = {f->base + offset, f->base + offset + 0x1000};

	return sn_maker_stack(&f->m, pcs, 2);
}

static uint32_t thread(struct fixture *f, const char *name, enum sn_thread_state state,
		       uint64_t created)
{
	uint32_t t = sn_maker_thread(&f->m, name, state);
	uint32_t created_at = created ? stack(f, created) : 0;
	struct sn_thread_rec *rec = sn_maker_at(&f->m, SN_TABLE_THREAD, t);

	rec->serial = t;
	rec->flags = t == 1 ? SN_THREAD_MAIN : 0;
	rec->creator = created ? 1 : 0;
	rec->create_stack = created_at;
	rec->created_ns = 11 * SECOND;
	return t;
}

/* Writes the recording, adds it to the report, and starts another. */
static int add(struct fixture *f, const struct sn_outside *outside)
{
	size_t size;
	unsigned char *bytes = sn_maker_bytes(&f->m, 1, &size);
	char *path = sn_maker_file(bytes, size), error[256] = "";
	int rc = sn_report_add(f->r, path, outside, error, sizeof(error));

	if (rc)
		print_message("%s\n", error);
	unlink(path);
	free(path);
	free(bytes);
	sn_maker_end(&f->m);
	start_process(f);
	return rc;
}

static const char *text(struct fixture *f, int summary)
{
	FILE *out;

	free(f->text);
	out = open_memstream(&f->text, &f->size);
	sn_report_text(f->r, out, 0, summary);
	fclose(out);
	return f->text;
}

static json_t *json(struct fixture *f)
{
	FILE *out;
	json_error_t error;
	json_t *o;

	free(f->text);
	out = open_memstream(&f->text, &f->size);
	assert_int_equal(sn_report_json(f->r, out), 0);
	fclose(out);
	o = json_loads(f->text, 0, &error);
	assert_non_null(o);
	return o;
}

static void assert_says(const char *all, const char *part)
{
	if (!strstr(all, part))
		fail_msg("\"%s\" is not in:\n%s", part, all);
}

static void assert_silent_about(const char *all, const char *part)
{
	if (strstr(all, part))
		fail_msg("\"%s\" is in:\n%s", part, all);
}

/* Two threads that take locks a and b in opposite orders; `swap` lets the other one come first. */
struct scene {
	uint32_t one, two, a, b;
	struct sn_finding ring; /* as a deadlock */
};

static struct sn_part part(enum sn_role role, uint32_t t, uint32_t object, uint32_t at)
{
	return (struct sn_part){.role = role, .thread = t, .object = object, .stack = at};
}

static void step(struct fixture *f, uint32_t t, uint32_t held, uint64_t held_at, uint32_t wanted,
		 uint64_t wanted_at)
{
	struct sn_held h = {.lock = held, .stack = stack(f, held_at), .mode = SN_MODE_WRITE};

	sn_maker_dep(&f->m, t, wanted, SN_MODE_WRITE, stack(f, wanted_at), &h, 1);
}

static struct scene inversion(struct fixture *f, int swap)
{
	struct scene s;
	uint32_t first, second;

	thread(f, "server", SN_THREAD_ENDED, 0);
	first = thread(f, "server", SN_THREAD_JOINED, swap ? 0x600 : 0x500);
	second = thread(f, "reader", SN_THREAD_JOINED, swap ? 0x500 : 0x600);
	s.one = swap ? second : first;
	s.two = swap ? first : second;
	s.a = sn_maker_lock(&f->m, SN_LOCK_MUTEX, swap ? 0x7000 : 0x5000);
	s.b = sn_maker_lock(&f->m, SN_LOCK_MUTEX, 0x6000);
	for (uint32_t i = s.a; i <= s.b; i++)
		((struct sn_lock_rec *)sn_maker_at(&f->m, SN_TABLE_LOCK, i))->flags =
			SN_LOCK_ORDERED;
	step(f, swap ? s.two : s.one, swap ? s.b : s.a, swap ? 0x300 : 0x100, swap ? s.a : s.b,
	     swap ? 0x400 : 0x200);
	step(f, swap ? s.one : s.two, swap ? s.a : s.b, swap ? 0x100 : 0x300, swap ? s.b : s.a,
	     swap ? 0x200 : 0x400);
	return s;
}

static void add_ring(struct fixture *f, struct scene *s, enum sn_kind kind, int turned)
{
	struct sn_part one[] = {part(SN_ROLE_HOLDS, s->one, s->a, stack(f, 0x100)),
				part(SN_ROLE_WAITS, s->one, s->b, stack(f, 0x200))};
	struct sn_part two[] = {part(SN_ROLE_HOLDS, s->two, s->b, stack(f, 0x300)),
				part(SN_ROLE_WAITS, s->two, s->a, stack(f, 0x400))};
	struct sn_finding r = {
		.kind = kind, .verdict = SN_CONFIRMED, .why = SN_WHY_WAIT_RING, .part_count = 4};

	memcpy(r.parts, turned ? two : one, sizeof(one));
	memcpy(r.parts + 2, turned ? one : two, sizeof(two));
	sn_maker_finding(&f->m, &r);
}

static void a_clean_run_says_nothing(void **state)
{
	struct fixture *f = *state;
	json_t *o;

	thread(f, "server", SN_THREAD_ENDED, 0);
	assert_int_equal(add(f, NULL), 0);
	assert_string_equal(text(f, 0), "");
	assert_string_equal(text(f, 1),
			    "snarl: 0 confirmed, 0 predicted, 0 suspect findings in 1 process\n");
	o = json(f);
	assert_string_equal(json_string_value(json_object_get(o, "schema")), "snarl-report/1");
	assert_int_equal(json_array_size(json_object_get(o, "findings")), 0);
	json_decref(o);
}

static void tells_an_inversion(void **state)
{
	struct fixture *f = *state;
	const char *s;

	inversion(f, 0);
	assert_int_equal(add(f, NULL), 0);
	assert_int_equal(sn_report_count(f->r, SN_PREDICTED), 1);
	s = text(f, 0);
	assert_says(s, "==snarl== lock-order-inversion (predicted): threads T2 and T3 'reader' "
		       "take the same 2 locks in opposite orders  [id ");
	assert_says(s, "  why: nothing rules it out: ");
	assert_says(s, "  T2 takes mutex M2 here, while it holds mutex M1:\n"
		       "    #0  0x10000200 in server+0x200\n"
		       "    #1  0x10001200 in server+0x1200\n"
		       "  T2 acquired mutex M1 here:\n    #0  0x10000100 in server+0x100\n");
	assert_says(s, "  T3 'reader' takes mutex M1 here, while it holds mutex M2:\n");
	assert_says(s, "  T2 was created by T1 'main' here:\n    #0  0x10000500 in server+0x500\n");
	assert_says(s, "  mutex M1: 0x5000\n");
	assert_says(s, "  fix: Take these locks in one order everywhere");
	assert_says(s, "note: /nonexistent/server cannot be read any more");
	assert_silent_about(s, "snarl: 0");
}

static void ids_do_not_depend_on_the_run(void **state)
{
	struct fixture *f = *state;
	const struct sn_found *found;

	inversion(f, 0);
	assert_int_equal(add(f, NULL), 0);
	f->base = BASE + 0x5000000;
	sn_maker_end(&f->m);
	start_process(f);
	f->m.header.pid = 4000007;
	inversion(f, 1);
	assert_int_equal(add(f, NULL), 0);
	assert_int_equal(sn_report_count(f->r, SN_PREDICTED), 1);
	sn_model_sort(f->r);
	found = f->r->found[0];
	assert_int_equal(found->count, 2);
	assert_int_equal(strlen(found->id), SN_ID_LENGTH);
	assert_int_equal(strspn(found->id, "0123456789abcdef"), SN_ID_LENGTH);
	assert_says(text(f, 1), "  seen 2 times: ");
	assert_says(f->text, "  in process 4000001 (server)\n");
}

static void a_ring_may_start_anywhere(void **state)
{
	struct fixture *f = *state;
	struct scene s = inversion(f, 0);

	add_ring(f, &s, SN_KIND_DEADLOCK, 0);
	assert_int_equal(add(f, NULL), 0);
	s = inversion(f, 0);
	add_ring(f, &s, SN_KIND_DEADLOCK, 1);
	assert_int_equal(add(f, NULL), 0);
	assert_int_equal(f->r->found_count, 1);
	assert_int_equal(f->r->found[0]->count, 2);
}

static void a_deadlock_replaces_its_prediction(void **state)
{
	struct fixture *f = *state;
	struct scene s = inversion(f, 0);

	add_ring(f, &s, SN_KIND_DEADLOCK, 1);
	f->m.header.deadlocks = 1;
	assert_int_equal(add(f, NULL), 0);
	assert_int_equal(sn_report_count(f->r, SN_PREDICTED), 0);
	assert_int_equal(sn_report_count(f->r, SN_CONFIRMED), 1);
	assert_says(text(f, 0), "==snarl== deadlock (confirmed): 2 threads wait for each "
				"other and can never go on: T2 and T3 'reader'");
	assert_silent_about(f->text, "lock-order-inversion");
}

static void block(struct fixture *f, uint32_t t, uint32_t lock, uint64_t at)
{
	uint32_t where = stack(f, at);
	struct sn_thread_rec *rec = sn_maker_at(&f->m, SN_TABLE_THREAD, t);

	rec->wait_kind = SN_WAIT_LOCK;
	rec->wait_object = lock;
	rec->wait_stack = where;
	rec->wait_since_ns = 12 * SECOND;
}

/* Two threads in a deadlock that nobody recorded. */
static void stuck(struct fixture *f)
{
	uint32_t t[2], lock[2];

	thread(f, "server", SN_THREAD_RUNNING, 0);
	t[0] = thread(f, "one", SN_THREAD_RUNNING, 0x500);
	t[1] = thread(f, "two", SN_THREAD_RUNNING, 0x600);
	lock[0] = sn_maker_lock(&f->m, SN_LOCK_MUTEX, 0x5000);
	lock[1] = sn_maker_lock(&f->m, SN_LOCK_MUTEX, 0x6000);
	for (int i = 0; i < 2; i++) {
		sn_maker_hold(&f->m, t[i], lock[i], stack(f, 0x100 + 0x100 * (uint64_t)i), 0);
		block(f, t[i], lock[!i], 0x300 + 0x100 * (uint64_t)i);
	}
}

static void a_killed_process_is_searched_for_deadlocks(void **state)
{
	struct fixture *f = *state;
	struct sn_outside o = {.known = 1, .timed_out = 1};

	stuck(f);
	f->m.header.ended_how = SN_ENDED_RUNNING;
	assert_int_equal(add(f, &o), 0);
	assert_int_equal(sn_report_count(f->r, SN_CONFIRMED), 1);
	assert_int_equal(sn_report_count(f->r, SN_SUSPECT), 0);
	text(f, 1);
	assert_says(f->text,
		    "process 4000001 (server) was killed because its time was up after 5.0 s");
	assert_says(f->text,
		    "T2 'one' (tid 1002) waits for mutex M2, held by T3 'two', for 3.0 s:\n");
	assert_says(f->text, "    holds mutex M1, acquired here:\n");
}

static void a_recorded_deadlock_is_not_found_again(void **state)
{
	struct fixture *f = *state;
	struct sn_outside o = {.known = 1, .signal = SIGSEGV};
	struct scene s = {.one = 2, .two = 3, .a = 1, .b = 2};

	stuck(f);
	add_ring(f, &s, SN_KIND_DEADLOCK, 1);
	assert_int_equal(add(f, &o), 0);
	assert_int_equal(f->r->found_count, 1);
	assert_int_equal(f->r->found[0]->count, 1);
	assert_says(text(f, 1), "was killed by SIGSEGV (Segmentation fault)");
}

static void workers(struct fixture *f)
{
	uint32_t cond;

	thread(f, "server", SN_THREAD_RUNNING, 0);
	cond = sn_maker_lock(&f->m, SN_LOCK_COND, 0x9000);
	for (int i = 0; i < 3; i++) {
		uint32_t t = thread(f, "server", SN_THREAD_RUNNING, 0x500);

		block(f, t, cond, 0x700);
		((struct sn_thread_rec *)sn_maker_at(&f->m, SN_TABLE_THREAD, t))->wait_kind =
			SN_WAIT_COND;
	}
	thread(f, "busy", SN_THREAD_RUNNING, 0x600);
}

static void live_workers_get_one_section(void **state)
{
	struct fixture *f = *state;

	workers(f);
	assert_int_equal(add(f, NULL), 0);
	assert_int_equal(sn_report_count(f->r, SN_SUSPECT), 2);
	text(f, 0);
	assert_says(f->text, "==snarl== leaked-worker, early-exit (suspect): 4 threads were still "
			     "alive when the process ended\n");
	assert_says(f->text,
		    "  3 threads created in server+0x500 were still blocked: T2, T3 and "
		    "T4\n    3 of them waiting for condition variable C1, in server+0x700");
	assert_says(f->text, "  1 thread created in server+0x600 was still working: T5 'busy'\n");
}

static void killed_workers_are_no_leak(void **state)
{
	struct fixture *f = *state;
	struct sn_outside o = {.known = 1, .signal = SIGKILL};

	workers(f);
	assert_int_equal(add(f, &o), 0);
	assert_int_equal(f->r->found_count, 0);
}

static void judges_the_end(void **state)
{
	struct fixture *f = *state;
	struct sn_outside o = {.known = 1, .status = 7};
	struct timespec now;

	f->m.header.ended_how = SN_ENDED_RUNNING;
	assert_int_equal(add(f, NULL), 0);
	assert_int_equal(f->r->processes[0]->how, SN_HOW_LOST);
	f->m.header.ended_how = SN_ENDED_RUNNING;
	assert_int_equal(add(f, &o), 0);
	assert_int_equal(f->r->processes[1]->how, SN_HOW_EXIT);
	assert_int_equal(f->r->processes[1]->status, 7);
	f->m.header.ended_how = SN_ENDED_EXEC;
	assert_int_equal(add(f, &o), 0);
	assert_int_equal(f->r->processes[2]->how, SN_HOW_EXEC);
	/* This process, as if the recording were its own; then an earlier one of its number. */
	clock_gettime(CLOCK_REALTIME, &now);
	f->m.header.ended_how = SN_ENDED_RUNNING;
	f->m.header.pid = (uint32_t)getpid();
	f->m.header.started_ns = (uint64_t)now.tv_sec * SECOND;
	f->m.header.ended_mono_ns = 0;
	assert_int_equal(add(f, NULL), 0);
	assert_int_equal(f->r->processes[3]->how, SN_HOW_RUNNING);
	f->m.header.ended_how = SN_ENDED_RUNNING;
	f->m.header.pid = (uint32_t)getpid();
	assert_int_equal(add(f, NULL), 0);
	assert_int_equal(f->r->processes[4]->how, SN_HOW_LOST);
}

static int suppress(struct fixture *f, const char *lines, char *error)
{
	char *path = sn_maker_file(lines, strlen(lines));
	int rc = sn_report_suppressions(f->r, path, error, 256);

	unlink(path);
	free(path);
	return rc;
}

static void suppressed(struct fixture *f, const char *lines, unsigned expected)
{
	char error[256] = "";

	sn_report_free(f->r);
	f->r = sn_report_new(&f->options);
	assert_int_equal(suppress(f, lines, error), 0);
	inversion(f, 0);
	assert_int_equal(add(f, NULL), 0);
	assert_int_equal(f->r->suppressed, expected);
	assert_int_equal(sn_report_count(f->r, SN_PREDICTED), !expected);
}

static void suppresses(void **state)
{
	struct fixture *f = *state;

	suppressed(f, "# nothing\n\n", 0);
	suppressed(f, "lock-order-inversion:server\n", 1);
	suppressed(f, "*:/nonexistent/*\n", 1);
	suppressed(f, " lock-order-inversion : reader \n", 1);
	suppressed(f, "thread-leak:*\n", 0);
	suppressed(f, "lock-order-inversion:serve\n", 0);
	suppressed(f, "race:*\ndeadlock:serve\n", 1);
	suppressed(f, "deadlock:^/nonexistent/server$\n", 1);
	suppressed(f, "deadlock:^server\n", 1);
	suppressed(f, "called_from_lib:server\n", 1);
	suppressed(f, "called_from_lib:reader\n", 0);
	suppressed(f, "race_top:*\nsignal:*\n", 0);
	assert_says(text(f, 1), "note: the suppression 'signal:*' fits nothing here\n");
	suppressed(f, "mutex:server\n", 0);
	suppressed(f, "thread:server\n", 0);
	suppressed(f, "*:*\n", 1);
	assert_says(text(f, 1), "(1 suppressed)\n");
	assert_string_equal(text(f, 0), "");
}

static void refuses_bad_suppressions(void **state)
{
	struct fixture *f = *state;
	char error[256];

	assert_int_equal(suppress(f, "# ok\nno colon\n", error), -EINVAL);
	assert_says(error, ":2: 'no colon': expected kind:pattern");
	assert_int_equal(suppress(f, "deadlok:x\n", error), -EINVAL);
	assert_says(error, ":1: 'deadlok:x': no kind of finding has that name");
	assert_int_equal(suppress(f, "deadlock:\n", error), -EINVAL);
	assert_int_equal(sn_report_suppressions(f->r, "/nonexistent/x", error, sizeof(error)),
			 -ENOENT);
}

#define LOCKS 2000
#define ORDERS 100000

/* Locks that are taken in so many orders that not all rings can be looked at. */
static void tells_that_a_search_was_cut_off(void **state)
{
	struct fixture *f = *state;
	uint32_t locks[LOCKS], threads[2], random = 1;

	for (int i = 0; i < 2; i++)
		threads[i] = thread(f, NULL, SN_THREAD_ENDED, 0x40);
	for (int i = 0; i < LOCKS; i++)
		locks[i] = sn_maker_lock(&f->m, SN_LOCK_MUTEX, 0x5000 + 64 * (uint64_t)i);
	for (int i = 0; i < ORDERS; i++) {
		random = random * 1664525u + 1013904223u;
		uint32_t a = (random >> 8) % LOCKS, b = (random >> 20) % LOCKS;
		if (a != b)
			step(f, threads[i % 2], locks[a], 0x100, locks[b], 0x200);
	}
	assert_int_equal(add(f, NULL), 0);
	json_t *o = json(f);
	assert_true(json_integer_value(
			    json_object_get(json_object_get(o, "unrecorded"), "search")) > 0);
	json_decref(o);
	assert_says(text(f, 0), "cut off at their limit");
}

static void lists_the_refuted_on_demand(void **state)
{
	struct fixture *f = *state;
	struct sn_finding r = {
		.kind = SN_KIND_LOCK_ORDER_INVERSION, .verdict = SN_REFUTED, .why = SN_WHY_GATE};

	sn_finding_add(&r, part(SN_ROLE_HOLDS, 1, 1, stack(f, 0x100)));
	thread(f, "server", SN_THREAD_ENDED, 0);
	sn_maker_lock(&f->m, SN_LOCK_MUTEX, 0x5000);
	sn_maker_finding(&f->m, &r);
	assert_int_equal(add(f, NULL), 0);
	assert_string_equal(text(f, 0), "");
	assert_says(text(f, 1), "(1 refuted: gate 1)\n");
	assert_silent_about(f->text, "lock-order-inversion");
	f->r->options.show_refuted = 1;
	assert_says(text(f, 1), "==snarl== lock-order-inversion (refuted): ");
}

static void counts_what_was_not_recorded(void **state)
{
	struct fixture *f = *state;
	json_t *o;

	f->m.header.counters[SN_COUNTER_DEPS_FULL] = 42;
	assert_int_equal(add(f, NULL), 0);
	assert_says(text(f, 1), "note: 42 lock orders were not recorded: the table or the disk is "
				"full\n");
	o = json(f);
	assert_int_equal(json_integer_value(
				 json_object_get(json_object_get(o, "unrecorded"), "dependencies")),
			 42);
	json_decref(o);
}

static const char *field(json_t *o, const char *key)
{
	return json_string_value(json_object_get(o, key));
}

static void writes_json(void **state)
{
	struct fixture *f = *state;
	json_t *o, *p, *one, *s;

	inversion(f, 0);
	assert_int_equal(add(f, NULL), 0);
	o = json(f);
	p = json_array_get(json_object_get(o, "processes"), 0);
	assert_int_equal(json_integer_value(json_object_get(p, "pid")), 4000001);
	assert_string_equal(field(p, "exe"), "/opt/bin/server");
	assert_string_equal(field(p, "started"), "1970-01-01T00:16:40.000Z");
	assert_true(json_real_value(json_object_get(p, "seconds")) == 5.0);
	assert_string_equal(json_string_value(json_array_get(json_object_get(p, "arguments"), 0)),
			    "server");
	assert_string_equal(field(json_object_get(p, "ended"), "how"), "exit");
	one = json_array_get(json_object_get(o, "findings"), 0);
	assert_string_equal(field(one, "kind"), "lock-order-inversion");
	assert_string_equal(field(one, "verdict"), "predicted");
	assert_int_equal(json_array_size(json_object_get(one, "threads")), 2);
	assert_int_equal(json_array_size(json_object_get(one, "objects")), 2);
	s = json_array_get(json_object_get(one, "stacks"), 0);
	assert_string_equal(field(s, "role"), "holds");
	assert_string_equal(field(s, "thread"), "T2");
	assert_string_equal(field(s, "object"), "M1");
	s = json_array_get(json_object_get(s, "frames"), 0);
	assert_string_equal(field(s, "offset"), "0x100");
	assert_null(json_object_get(s, "function"));
	assert_null(json_object_get(s, "inlined"));
	json_decref(o);
}

static void explains_one(void **state)
{
	struct fixture *f = *state;
	char *out_text = NULL, id[SN_ID_LENGTH + 1];
	size_t size;
	FILE *out;

	inversion(f, 0);
	assert_int_equal(add(f, NULL), 0);
	strcpy(id, f->r->found[0]->id);
	id[6] = 0;
	out = open_memstream(&out_text, &size);
	assert_int_equal(sn_report_explain(f->r, "zz", out, 0), -ENOENT);
	assert_int_equal(sn_report_explain(f->r, "", out, 0), -ENOENT);
	assert_int_equal(sn_report_explain(f->r, id, out, 1), 0);
	fclose(out);
	assert_says(out_text, "lock-order-inversion (predicted)");
	assert_says(out_text, "What lock-order-inversion means:");
	free(out_text);
}

static void lists_threads(void **state)
{
	struct fixture *f = *state;
	char *out_text = NULL;
	size_t size;
	FILE *out;

	workers(f);
	assert_int_equal(add(f, NULL), 0);
	out = open_memstream(&out_text, &size);
	sn_report_threads(f->r, out, 0);
	fclose(out);
	assert_says(out_text,
		    "process 4000001 (server) exited with status 0; 5 threads lived then\n");
	assert_says(out_text, "  T2 (tid 1002) waits for condition variable C1, for 3.0 s:\n");
	assert_says(out_text,
		    "  T5 'busy' (tid 1005) was running\n    created by T1 'main' here:\n");
	free(out_text);
}

/* A worker that lost its wakeup, the thread that signalled it, and `idle` others. */
static struct sn_finding lost_wakeup(struct fixture *f, uint32_t idle)
{
	struct sn_finding r = {
		.kind = SN_KIND_LOST_WAKEUP, .verdict = SN_CONFIRMED, .why = SN_WHY_IN_THE_WINDOW};
	uint32_t w, mutex, cond;

	thread(f, "server", SN_THREAD_RUNNING, 0);
	w = thread(f, "worker", SN_THREAD_RUNNING, 0x500);
	mutex = sn_maker_lock(&f->m, SN_LOCK_MUTEX, 0x5000);
	cond = sn_maker_lock(&f->m, SN_LOCK_COND, 0x6000);
	sn_finding_add(&r, part(SN_ROLE_CHECKED, w, mutex, stack(f, 0x100)));
	sn_finding_add(&r, part(SN_ROLE_SIGNALLED, 1, cond, stack(f, 0x200)));
	r.parts[1].when_ns = 12 * SECOND;
	r.parts[1].flags = SN_PART_UNLOCKED;
	sn_finding_add(&r, part(SN_ROLE_WAITS, w, cond, stack(f, 0x300)));
	r.parts[2].when_ns = 12 * SECOND + 3000000;
	if (idle)
		sn_finding_add(&r, part(SN_ROLE_WAITS, 1, cond, stack(f, 0x400)));
	r.parts[3].more = idle - 1;
	return r;
}

static void add_finding(struct fixture *f, const struct sn_finding *r)
{
	sn_maker_finding(&f->m, r);
	f->m.header.deadlocks = 1;
	assert_int_equal(add(f, NULL), 0);
}

static void tells_a_lost_wakeup(void **state)
{
	struct fixture *f = *state;
	struct sn_finding r = lost_wakeup(f, 98);

	add_finding(f, &r);
	text(f, 0);
	assert_says(f->text,
		    "==snarl== lost-wakeup (confirmed): T2 'worker' sleeps for ever on condition "
		    "variable C1: the signal of T1 'main' came 3 ms before it waited and nobody "
		    "heard it  [id ");
	assert_says(f->text, "  T2 'worker' took mutex M1 to look at the state, here:\n"
			     "    #0  0x10000100 in server+0x100\n"
			     "    #1  0x10001100 in server+0x1100\n"
			     "  T1 'main' signalled condition variable C1 here, without holding "
			     "mutex M1, 3 ms before T2 'worker' began to wait:\n");
	assert_says(f->text, "  T2 'worker' waits for condition variable C1 here:\n");
	assert_says(f->text, "  T1 'main' waits for condition variable C1 here, and 97 more "
			     "threads wait at the same place:\n");
}

/* Nothing is said of times that are not known, nor of a signal that seems to come after the wait.
 */
static void says_no_time_that_it_does_not_know(void **state)
{
	struct fixture *f = *state;
	struct sn_finding r = lost_wakeup(f, 0);

	r.parts[1].when_ns = 13 * SECOND;
	add_finding(f, &r);
	text(f, 0);
	assert_says(f->text, "the signal of T1 'main' came before it waited and nobody heard it");
	assert_says(f->text, "here, without holding mutex M1:\n");
}

static void tells_other_wakeups(void **state)
{
	struct fixture *f = *state;
	struct sn_finding r = lost_wakeup(f, 0);

	r.parts[1].flags = SN_PART_BROADCAST | SN_PART_LOCKED;
	r.verdict = SN_PREDICTED;
	r.why = SN_WHY_WINDOW_THEN_WOKEN;
	add_finding(f, &r);
	text(f, 0);
	assert_says(f->text, "T2 'worker' could have slept for ever on condition variable C1: the "
			     "broadcast of T1 'main' came 3 ms before it waited");
	assert_says(f->text, "  T1 'main' broadcast to condition variable C1 here, 3 ms before "
			     "T2 'worker' began to wait:\n");
}

static void idle_threads_do_not_change_the_id(void **state)
{
	struct fixture *f = *state;
	struct sn_finding r;

	for (uint32_t idle = 0; idle < 3; idle++) {
		r = lost_wakeup(f, idle);
		add_finding(f, &r);
	}
	assert_int_equal(f->r->found_count, 1);
	r = lost_wakeup(f, 1);
	r.parts[1].stack = stack(f, 0x900);
	add_finding(f, &r);
	assert_int_equal(f->r->found_count, 2);
}

/* The main thread joins a worker that waits with others; `turned`: told the other way round. */
static struct sn_finding knot(struct fixture *f, int turned, uint32_t more)
{
	struct sn_finding r = {
		.kind = SN_KIND_DEADLOCK, .verdict = SN_CONFIRMED, .why = SN_WHY_NOBODY_LEFT};
	uint32_t w, cond;

	thread(f, "server", SN_THREAD_RUNNING, 0);
	w = thread(f, "worker", SN_THREAD_RUNNING, 0x500);
	cond = sn_maker_lock(&f->m, SN_LOCK_COND, 0x6000);
	r.part_count = 2;
	r.parts[turned] = part(SN_ROLE_WAITS, 1, w, stack(f, 0x100));
	r.parts[turned].object_is_thread = 1;
	r.parts[!turned] = part(SN_ROLE_WAITS, w, cond, stack(f, 0x200));
	r.parts[!turned].more = more;
	r.parts[!turned].when_ns = 12 * SECOND;
	return r;
}

static void tells_a_knot_as_it_comes(void **state)
{
	struct fixture *f = *state;
	struct sn_finding r = knot(f, 1, 2);
	const char *worker, *main_thread;

	sn_finding_add(&r, part(SN_ROLE_SIGNALLED, 1, r.parts[0].object, stack(f, 0x300)));
	r.parts[2].when_ns = 12 * SECOND - 12000000;
	r.parts[2].flags = SN_PART_UNHEARD;
	add_finding(f, &r);
	text(f, 0);
	assert_says(f->text, "==snarl== deadlock (confirmed): all 4 threads of the process are "
			     "asleep and nobody is left to wake them: T2 'worker' and 2 more wait "
			     "for condition variable C1, T1 'main' waits for T2 'worker' to end");
	assert_says(f->text, "  the last signal on C1 came from T1 'main' here, when nobody was "
			     "waiting, 12 ms before T2 'worker' began to wait:\n");
	worker =
		strstr(f->text, "\n  T2 'worker' waits for condition variable C1 here, and 2 more");
	main_thread = strstr(f->text, "\n  T1 'main' waits for T2 'worker' to end here");
	assert_true(worker && main_thread && worker < main_thread);
	assert_silent_about(f->text, "Take the locks in one order");
}

static void a_knot_is_known_by_its_places(void **state)
{
	struct fixture *f = *state;
	struct sn_finding r;

	for (int i = 0; i < 4; i++) {
		r = knot(f, i % 2, (uint32_t)i);
		if (i > 1) /* a third thread at the same place, told by itself */
			sn_finding_add(&r, part(SN_ROLE_WAITS, 2, r.parts[!(i % 2)].object,
						r.parts[!(i % 2)].stack));
		add_finding(f, &r);
	}
	assert_int_equal(f->r->found_count, 1);
	r = knot(f, 0, 0);
	r.parts[1].stack = stack(f, 0x900);
	add_finding(f, &r);
	assert_int_equal(f->r->found_count, 2);
}

static void json_has_what_parts_measure(void **state)
{
	struct fixture *f = *state;
	struct sn_finding r = lost_wakeup(f, 98);
	json_t *o, *stacks, *s;

	r.parts[3].number = 7;
	add_finding(f, &r);
	o = json(f);
	stacks = json_object_get(json_array_get(json_object_get(o, "findings"), 0), "stacks");
	s = json_array_get(stacks, 0);
	assert_string_equal(field(s, "role"), "checked");
	assert_string_equal(field(s, "object"), "M1");
	assert_null(json_object_get(s, "when"));
	assert_null(json_object_get(s, "broadcast"));
	s = json_array_get(stacks, 1);
	assert_string_equal(field(s, "object"), "C1");
	assert_true(json_real_value(json_object_get(s, "when")) == 2.0);
	assert_true(json_is_false(json_object_get(s, "broadcast")));
	assert_true(json_is_false(json_object_get(s, "with_mutex")));
	s = json_array_get(stacks, 3);
	assert_int_equal(json_integer_value(json_object_get(s, "more")), 97);
	assert_int_equal(json_integer_value(json_object_get(s, "number")), 7);
	json_decref(o);
}

static void each_type_has_its_letter(void **state)
{
	static const struct {
		enum sn_lock_type type;
		const char *id;
	} types[] = {{SN_LOCK_RWLOCK, "rwlock M1"},    {SN_LOCK_COND, "condition variable C1"},
		     {SN_LOCK_SPIN, "spin lock M2"},   {SN_LOCK_SEMAPHORE, "semaphore S1"},
		     {SN_LOCK_BARRIER, "barrier B1"},  {SN_LOCK_FUTEX, "futex F1"},
		     {SN_LOCK_ONCE, "once control O1"}};
	struct fixture *f = *state;
	struct sn_finding r = {.kind = SN_KIND_WRONG_OBJECT, .verdict = SN_CONFIRMED};

	thread(f, "server", SN_THREAD_ENDED, 0);
	for (size_t i = 0; i < sizeof(types) / sizeof(*types); i++)
		sn_finding_add(&r, part(SN_ROLE_CALLED, 1,
					sn_maker_lock(&f->m, types[i].type, 0x5000 + 64 * i),
					stack(f, 0x100)));
	add_finding(f, &r);
	text(f, 0);
	for (size_t i = 0; i < sizeof(types) / sizeof(*types); i++)
		assert_says(f->text, types[i].id);
}

/* What is said of a kind whose parts are `roles` of T1 on a mutex, T2 on a condition, in turn. */
static void each_kind_says_what_happened(void **state)
{
	static const struct {
		enum sn_kind kind;
		enum sn_why why;
		enum sn_role roles[3];
		uint32_t parts;
		uint32_t number;
		const char *headline, *line;
	} kinds[] = {
		{SN_KIND_SIGNAL_WITHOUT_MUTEX,
		 SN_WHY_NEVER_HELD_MUTEX,
		 {SN_ROLE_CHECKED, SN_ROLE_SIGNALLED},
		 2,
		 0,
		 "T2 'two' signalled condition variable C1 and has never held mutex M1",
		 "T2 'two' signalled condition variable C1 here:"},
		{SN_KIND_DESTROY_WHILE_WAITED,
		 SN_WHY_WAITED_FOR,
		 {SN_ROLE_DESTROYED, SN_ROLE_WAITS},
		 2,
		 0,
		 "T1 'main' destroyed mutex M1 while T2 'two' waited for it",
		 "T1 'main' destroyed mutex M1 here:"},
		{SN_KIND_REINIT_IN_USE,
		 SN_WHY_IN_USE,
		 {SN_ROLE_DESTROYED, SN_ROLE_HOLDS},
		 2,
		 0,
		 "T1 'main' initialised again mutex M1 while T2 'two' held it",
		 "T1 'main' initialised again mutex M1 here:"},
		{SN_KIND_WAIT_WITHOUT_MUTEX,
		 SN_WHY_MUTEX_NOT_HELD,
		 {SN_ROLE_CALLED},
		 1,
		 0,
		 "T1 'main' waits on mutex M1 without holding the mutex",
		 "T1 'main' began to wait on mutex M1 here:"},
		{SN_KIND_COND_TWO_MUTEXES,
		 SN_WHY_OTHER_MUTEX,
		 {SN_ROLE_CALLED, SN_ROLE_WAITS},
		 2,
		 0,
		 "T1 'main' waits on mutex M1 while T2 'two' waits on it with another mutex",
		 "T2 'two' waits for condition variable C1 here:"},
		{SN_KIND_WRONG_OBJECT,
		 SN_WHY_DESTROYED_BEFORE,
		 {SN_ROLE_DESTROYED, SN_ROLE_CALLED},
		 2,
		 0,
		 "T2 'two' used condition variable C1, which had been destroyed",
		 "T1 'main' had destroyed mutex M1 here:"},
		{SN_KIND_API_ERROR,
		 SN_WHY_CALL_SAID_SO,
		 {SN_ROLE_CALLED},
		 1,
		 EINVAL,
		 "a call of T1 'main' on mutex M1 failed: EINVAL (Invalid argument)",
		 "T1 'main' made the call that failed, on mutex M1 here:"},
		{SN_KIND_FORK_WITH_LOCK_HELD,
		 SN_WHY_HELD_AT_FORK,
		 {SN_ROLE_HOLDS, SN_ROLE_WAITS},
		 2,
		 0,
		 "T2 'two' waits for condition variable C1, which a thread of the parent process "
		 "held at the fork: it can never go on",
		 "T1 'main' acquired mutex M1 here:"},
		{SN_KIND_SIGNAL_UNSAFE_LOCK,
		 SN_WHY_BOTH_IN_AND_OUT,
		 {SN_ROLE_INTERRUPTED, SN_ROLE_CALLED},
		 2,
		 0,
		 "a signal handler in T2 'two' takes condition variable C1, which the same thread "
		 "takes outside of handlers as well",
		 "the signal handler interrupted T1 'main' here:"},
		{SN_KIND_DOUBLE_JOIN,
		 SN_WHY_JOINED_BEFORE,
		 {SN_ROLE_CALLED, SN_ROLE_JOINED},
		 2,
		 0,
		 "T1 'main' joins or detaches mutex M1, which was joined or detached before",
		 "T2 'two' had joined or detached condition variable C1 here:"},
		{SN_KIND_LIVELOCK,
		 SN_WHY_MEASURED,
		 {SN_ROLE_FAILED, SN_ROLE_FAILED},
		 2,
		 600,
		 "T1 'main' and T2 'two' keep backing off and trying again: 1200 failed attempts "
		 "in "
		 "a row",
		 "T1 'main' tried to take mutex M1 here and gave up, 600 times in a row:"},
		{SN_KIND_STARVATION,
		 SN_WHY_MEASURED,
		 {SN_ROLE_WAITS, SN_ROLE_HOLDS},
		 2,
		 2500,
		 "T1 'main' waited for mutex M1 for 2.5 s, which was given to others 2500 times "
		 "meanwhile",
		 "T1 'main' waits for mutex M1 here, for 2.5 s:"},
		{SN_KIND_PRIORITY_INVERSION,
		 SN_WHY_MEASURED,
		 {SN_ROLE_WAITS, SN_ROLE_HOLDS},
		 2,
		 300,
		 "T1 'main' waited for mutex M1 for 300 ms, which T2 'two' of lower priority held",
		 "T2 'two' acquired condition variable C1 here:"},
		{SN_KIND_BLOCKING_UNDER_LOCK,
		 SN_WHY_MEASURED,
		 {SN_ROLE_HOLDS, SN_ROLE_WAITS, SN_ROLE_BLOCKED},
		 3,
		 300,
		 "T1 'main' was blocked for 300 ms while it held mutex M1, for which T2 'two' "
		 "waited",
		 "T1 'main' was in this call meanwhile, for 300 ms:"},
		{SN_KIND_THUNDERING_HERD,
		 SN_WHY_MEASURED,
		 {SN_ROLE_SUBJECT, SN_ROLE_SIGNALLED, SN_ROLE_WOKEN},
		 3,
		 100,
		 "100 broadcasts to condition variable C1 woke threads 100 times, and 100 times "
		 "the "
		 "thread went back to sleep",
		 "T1 'main' was woken in its wait for mutex M1 here, and went back to sleep; this "
		 "happened 100 times:"},
		{SN_KIND_UNBOUNDED_THREADS,
		 SN_WHY_ONLY_GREW,
		 {SN_ROLE_CREATED},
		 1,
		 250,
		 "250 threads that were created at one place live, and none has ended",
		 "250 threads were created here:"},
	};
	struct fixture *f = *state;
	uint32_t object[2];

	for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++) {
		struct sn_finding r = {
			.kind = kinds[i].kind, .verdict = SN_SUSPECT, .why = kinds[i].why};

		sn_report_free(f->r);
		f->r = sn_report_new(&f->options);
		thread(f, "server", SN_THREAD_ENDED, 0);
		thread(f, "two", SN_THREAD_JOINED, 0);
		object[0] = sn_maker_lock(&f->m, SN_LOCK_MUTEX, 0x5000);
		object[1] = sn_maker_lock(&f->m, SN_LOCK_COND, 0x6000);
		for (uint32_t j = 0; j < kinds[i].parts; j++) {
			sn_finding_add(&r, part(kinds[i].roles[j], 1 + j % 2, object[j % 2],
						stack(f, 0x100 + 0x100 * j)));
			r.parts[j].number = kinds[i].number;
		}
		add_finding(f, &r);
		text(f, 0);
		assert_says(f->text, kinds[i].headline);
		assert_says(f->text, kinds[i].line);
		json_decref(json(f));
	}
}

/* A small generator with a fixed sequence, so that every failure comes again. */
static uint32_t roll(uint64_t *state)
{
	*state = *state * 6364136223846793005ull + 1442695040888963407ull;
	return (uint32_t)(*state >> 33);
}

static void report_mutant(struct fixture *f, const unsigned char *bytes, size_t size,
			  uint64_t *dice)
{
	unsigned char *copy = malloc(size);
	char *path, error[256];
	FILE *out = fopen("/dev/null", "w");

	memcpy(copy, bytes, size);
	for (uint32_t n = 1 + roll(dice) % 30; n; n--)
		copy[roll(dice) % size] = (unsigned char)roll(dice);
	path = sn_maker_file(copy, size);
	sn_report_free(f->r);
	f->r = sn_report_new(&f->options);
	if (!sn_report_add(f->r, path, NULL, error, sizeof(error))) {
		sn_report_threads(f->r, out, 1);
		for (int i = 0; i < SN_FORMAT_COUNT; i++)
			sn_report_write(f->r, (enum sn_format)i, out, 1);
	}
	fclose(out);
	unlink(path);
	free(path);
	free(copy);
}

static void damaged_recordings_do_no_harm(void **state)
{
	struct fixture *f = *state;
	uint64_t dice = 1;
	unsigned char *bytes, *dense;
	struct scene s;
	size_t size, start = SN_HEADER_SIZE;

	stuck(f);
	s = inversion(f, 0);
	add_ring(f, &s, SN_KIND_DEADLOCK, 0);
	bytes = sn_maker_bytes(&f->m, 1, &size);
	assert_true(size > start);
	f->options.show_refuted = 1;
	for (int i = 0; i < 1500; i++)
		report_mutant(f, bytes, size, &dice);
	/* And with all of the damage in the records, where the reader does not look. */
	dense = malloc(size);
	for (int i = 0; i < 1500; i++) {
		memcpy(dense, bytes, size);
		for (int n = 0; n < 40; n++)
			dense[start + roll(&dice) % (size - start)] = (unsigned char)roll(&dice);
		report_mutant(f, dense, size, &dice);
	}
	free(dense);
	free(bytes);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_clean_run_says_nothing),
		TEST(tells_an_inversion),
		TEST(ids_do_not_depend_on_the_run),
		TEST(a_ring_may_start_anywhere),
		TEST(a_deadlock_replaces_its_prediction),
		TEST(a_killed_process_is_searched_for_deadlocks),
		TEST(a_recorded_deadlock_is_not_found_again),
		TEST(live_workers_get_one_section),
		TEST(killed_workers_are_no_leak),
		TEST(judges_the_end),
		TEST(suppresses),
		TEST(refuses_bad_suppressions),
		TEST(lists_the_refuted_on_demand),
		TEST(tells_that_a_search_was_cut_off),
		TEST(counts_what_was_not_recorded),
		TEST(writes_json),
		TEST(explains_one),
		TEST(lists_threads),
		TEST(tells_a_lost_wakeup),
		TEST(says_no_time_that_it_does_not_know),
		TEST(tells_other_wakeups),
		TEST(idle_threads_do_not_change_the_id),
		TEST(tells_a_knot_as_it_comes),
		TEST(a_knot_is_known_by_its_places),
		TEST(json_has_what_parts_measure),
		TEST(each_type_has_its_letter),
		TEST(each_kind_says_what_happened),
		TEST(damaged_recordings_do_no_harm),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
