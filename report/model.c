/* SPDX-License-Identifier: Apache-2.0
 *
 * The report as data: takes findings in, merges equal ones across threads and processes, counts
 * what is suppressed or refuted, and puts the rest in order. */
#include "report/model.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct sn_report *sn_report_new(const struct sn_options *options)
{
	struct sn_report *r = calloc(1, sizeof(*r));

	if (r)
		r->options = *options;
	return r;
}

void sn_report_only_scope(struct sn_report *r, uint32_t scope)
{
	r->only_scope = scope + 1;
}

static void free_found(struct sn_found *f)
{
	if (!f)
		return;
	for (size_t i = 0; i < f->site_count; i++)
		free_found(f->sites[i]);
	free(f->sites);
	free(f->parts);
	free(f->instances);
	free(f);
}

void sn_report_clear(struct sn_report *r)
{
	for (size_t i = 0; i < r->found_count; i++)
		free_found(r->found[i]);
	for (size_t i = 0; i < r->process_count; i++)
		sn_process_close(r->processes[i]);
	free(r->found);
	free(r->processes);
	free(r->left_out);
	r->found = NULL;
	r->processes = NULL;
	r->left_out = NULL;
	r->found_count = r->process_count = 0;
	r->suppressed = r->sequence = 0;
	memset(r->objects_named, 0, sizeof(r->objects_named));
}

void sn_report_free(struct sn_report *r)
{
	if (!r)
		return;
	sn_report_clear(r);
	sn_suppressions_free(r);
	sn_baseline_free(r);
	sn_symboliser_close(&r->symboliser);
	free(r);
}

static struct sn_found *make_found(struct sn_process *p, const struct sn_finding *finding)
{
	struct sn_found *f = calloc(1, sizeof(*f));
	uint32_t n = finding->part_count;

	if (!f)
		return NULL;
	f->kind = finding->kind;
	f->verdict = finding->verdict;
	f->why = finding->why;
	f->process = p;
	f->scope = finding->scope ? finding->scope : sn_note_scope_of(p, finding);
	f->part_count = n > SN_PARTS_MAX ? SN_PARTS_MAX : n;
	f->parts = calloc(f->part_count + 1, sizeof(*f->parts));
	f->instances = calloc(1, sizeof(*f->instances));
	if (!f->parts || !f->instances) {
		free_found(f);
		return NULL;
	}
	memcpy(f->parts, finding->parts, f->part_count * sizeof(*f->parts));
	sn_found_identify(f);
	return f;
}

/* Refuted candidates stay apart from findings, and from those with another reason. */
static int same(const struct sn_found *a, const struct sn_found *b)
{
	if (a->functions != b->functions || (a->place != b->place && a->place && b->place))
		return 0;
	if (a->verdict == SN_REFUTED || b->verdict == SN_REFUTED)
		return a->verdict == b->verdict && a->why == b->why;
	return 1;
}

static struct sn_found *find_same(const struct sn_report *r, const struct sn_found *f)
{
	for (size_t i = 0; i < r->found_count; i++) {
		struct sn_found *earlier = r->found[i];

		if (same(earlier, f))
			return earlier;
		for (size_t j = 0; j < earlier->site_count; j++)
			if (same(earlier->sites[j], f))
				return earlier->sites[j];
	}
	return NULL;
}

static int add_instance(struct sn_found *to, const struct sn_found *from)
{
	size_t n = to->instance_count;
	struct sn_instance *more = to->instances;

	if (n && !(n & (n - 1)))
		more = realloc(more, 2 * n * sizeof(*more));
	if (!more)
		return -ENOMEM;
	to->instances = more;
	more[to->instance_count++] =
		(struct sn_instance){from->process, from->part_count ? from->parts[0].thread : 0,
				     *sn_found_part(from, SN_ROLE_WAITS)};
	return 0;
}

void sn_found_swap_parts(struct sn_found *to, struct sn_found *from)
{
	struct sn_part *parts = to->parts;

	to->process = from->process;
	to->parts = from->parts;
	to->part_count = from->part_count;
	from->parts = parts;
}

/* What is shown is the worst case that was seen. */
static void take_over(struct sn_found *to, struct sn_found *from)
{
	to->verdict = from->verdict;
	to->why = from->why;
	to->when_ns = from->when_ns;
	sn_found_swap_parts(to, from);
}

static int merge(struct sn_found *to, struct sn_found *from)
{
	int rc = add_instance(to, from);

	if (to->alive) {
		rc = rc ? rc : sn_alive_merge(to, from);
		free_found(from);
		return rc;
	}
	to->count += from->count;
	if (from->verdict > to->verdict)
		take_over(to, from);
	free_found(from);
	return rc;
}

static int append(struct sn_report *r, struct sn_found *f)
{
	size_t n = r->found_count;
	struct sn_found **more = r->found;

	if (!(n & (n - 1)))
		more = realloc(more, (n ? 2 * n : 1) * sizeof(struct sn_found *));
	if (!more || add_instance(f, f)) {
		free_found(f);
		return -ENOMEM;
	}
	r->found = more;
	f->sequence = r->sequence++;
	r->found[r->found_count++] = f;
	return 0;
}

int sn_report_has(const struct sn_report *r, const char *id)
{
	for (size_t i = 0; i < r->found_count; i++)
		if (!strcmp(r->found[i]->id, id))
			return 1;
	return 0;
}

static int is_counted(const struct sn_report *r, const char *id)
{
	for (unsigned i = 0; i < r->suppressed; i++)
		if (!strcmp(r->left_out[i].id, id))
			return 1;
	return 0;
}

static int count_suppressed(struct sn_report *r, const struct sn_found *f)
{
	struct sn_left_out *more;

	if (is_counted(r, f->id))
		return 0;
	more = realloc(r->left_out, (r->suppressed + 1ul) * sizeof(*r->left_out));
	if (!more)
		return -ENOMEM;
	r->left_out = more;
	more += r->suppressed++;
	*more = (struct sn_left_out){.kind = f->kind, .functions = f->functions, .place = f->place};
	memcpy(more->id, f->id, sizeof(more->id));
	return 0;
}

/* Gives a finding at a place of which one was left out before the id of that one. */
static int was_left_out(const struct sn_report *r, struct sn_found *f)
{
	for (unsigned i = 0; i < r->suppressed; i++) {
		const struct sn_left_out *l = &r->left_out[i];

		if (l->kind == f->kind && l->functions == f->functions &&
		    (!l->place || !f->place || l->place == f->place)) {
			memcpy(f->id, l->id, sizeof(f->id));
			return 1;
		}
	}
	return 0;
}

static int leave_out(struct sn_report *r, struct sn_found *f)
{
	int rc = count_suppressed(r, f);

	free_found(f);
	return rc;
}

/* Of the threads of one place some may be suppressed: by their names, or where they wait. */
static int add_alive(struct sn_report *r, struct sn_found *f)
{
	struct sn_found *earlier = sn_alive_same(r, f);

	if (sn_suppressed(r, f)) {
		sn_found_identify_site(f, 0);
		return leave_out(r, f);
	}
	if (earlier)
		return merge(earlier, f);
	f->alive = 1;
	sn_site_identify(r, f);
	return sn_baseline_has(r, f->id) ? leave_out(r, f) : append(r, f);
}

/* However the program came to the place where the thread was created. */
static int add_unjoined(struct sn_report *r, struct sn_found *f)
{
	struct sn_found *earlier = sn_unjoined_same(r, f);

	if (sn_suppressed(r, f)) {
		sn_found_identify_site(f, 0);
		return leave_out(r, f);
	}
	if (earlier)
		return merge(earlier, f);
	sn_site_identify(r, f);
	return sn_baseline_has(r, f->id) ? leave_out(r, f) : append(r, f);
}

static int merge_with(const struct sn_report *r, struct sn_found *earlier, struct sn_found *f)
{
	int rc = merge(earlier, f);
	struct sn_found *told = sn_found_with_locks(r, earlier);

	if (told)
		sn_found_settle(told);
	return rc;
}

static int append_site(struct sn_found *to, struct sn_found *f)
{
	if (!add_instance(f, f) && !sn_found_add_site(to, f))
		return 0;
	free_found(f);
	return -ENOMEM;
}

/* Places in the same functions that are told apart; the next ones are counted with the first. */
#define BESIDE_MOST 16

/* Where there are others in the same functions it gets an id of its own; the first of them where
 * there are too many. */
static struct sn_found *beside(const struct sn_report *r, struct sn_found *f)
{
	struct sn_found *first = NULL;
	unsigned n = 0;

	for (size_t i = 0; i < r->found_count; i++) {
		struct sn_found *other = r->found[i];
		if (other->functions == f->functions && other->kind == f->kind &&
		    (other->verdict == SN_REFUTED) == (f->verdict == SN_REFUTED)) {
			first = first ? first : other;
			n++;
		}
		for (size_t j = 0; j < other->site_count; j++)
			n += other->sites[j]->functions == f->functions;
	}
	for (unsigned i = 0; i < r->suppressed; i++)
		n += r->left_out[i].functions == f->functions && r->left_out[i].kind == f->kind;
	if (n && f->verdict != SN_REFUTED)
		sn_found_identify_beside(f);
	return n < BESIDE_MOST || f->verdict == SN_REFUTED ? NULL : first;
}

int sn_model_add(struct sn_report *r, struct sn_process *p, const struct sn_finding *finding,
		 uint32_t count, uint64_t when_ns)
{
	struct sn_found *f = make_found(p, finding), *earlier;

	if (!f)
		return -ENOMEM;
	f->count = count;
	f->when_ns = when_ns;
	switch (sn_note_judge(r, f)) {
	case SN_SAID_OTHERS:
		free_found(f);
		return 0;
	case SN_SAID_ALLOWED:
		return leave_out(r, f);
	default:
		break;
	}
	if (sn_found_is_alive(f))
		return add_alive(r, f);
	if (f->kind == SN_KIND_THREAD_LEAK && f->part_count)
		return add_unjoined(r, f);
	earlier = find_same(r, f);
	if (!earlier && !was_left_out(r, f))
		earlier = beside(r, f);
	if (earlier)
		return merge_with(r, earlier, f);
	if (f->verdict != SN_REFUTED && sn_suppressed(r, f))
		return leave_out(r, f);
	earlier = sn_found_with_locks(r, f);
	return earlier ? append_site(earlier, f) : append(r, f);
}

static int in_telling_order(const void *a, const void *b)
{
	const struct sn_found *x = *(struct sn_found *const *)a;
	const struct sn_found *y = *(struct sn_found *const *)b;

	if (x->verdict != y->verdict)
		return x->verdict > y->verdict ? -1 : 1;
	if (x->kind != y->kind)
		return x->kind < y->kind ? -1 : 1;
	return x->sequence < y->sequence ? -1 : 1;
}

void sn_model_sort(struct sn_report *r)
{
	if (!r->found_count)
		return;
	qsort(r->found, r->found_count, sizeof(struct sn_found *), in_telling_order);
	for (size_t i = 0; i < r->found_count; i++) {
		const struct sn_found *f = r->found[i];
		if (f->verdict == SN_REFUTED)
			continue;
		for (uint32_t j = 0; j < f->part_count; j++)
			if (!f->parts[j].object_is_thread)
				sn_process_lock_number(f->process, f->parts[j].object);
	}
}

unsigned sn_report_count(const struct sn_report *r, enum sn_verdict verdict)
{
	unsigned n = 0;

	for (size_t i = 0; i < r->found_count; i++)
		n += r->found[i]->verdict == verdict;
	return n;
}

unsigned sn_report_notable(const struct sn_report *r)
{
	unsigned n = 0;

	for (size_t i = 0; i < r->found_count; i++)
		n += r->found[i]->verdict != SN_REFUTED &&
		     !(r->found[i]->verdict == SN_SUSPECT &&
		       r->found[i]->why == SN_WHY_WHOLE_PROGRAM);
	return n;
}

unsigned sn_report_untold(const struct sn_report *r)
{
	unsigned told = 0;

	for (size_t i = 0; i < r->found_count; i++)
		told += r->found[i]->why == SN_WHY_HELD_NOW;
	return sn_report_notable(r) - told;
}

unsigned sn_model_refuted(const struct sn_report *r, enum sn_why why)
{
	unsigned n = 0;

	for (size_t i = 0; i < r->found_count; i++)
		n += r->found[i]->verdict == SN_REFUTED && r->found[i]->why == why;
	return n;
}

void sn_report_carry(struct sn_report *r, const uint64_t counters[SN_COUNTER_COUNT])
{
	for (unsigned c = 0; c < SN_COUNTER_COUNT; c++)
		r->carried[c] += counters[c];
}

uint64_t sn_report_counter(const struct sn_report *r, enum sn_counter counter)
{
	uint64_t n = r->carried[counter];

	for (size_t i = 0; i < r->process_count; i++)
		n += r->processes[i]->view->header->counters[counter] +
		     (counter == SN_COUNTER_SEARCH_LIMIT ? r->processes[i]->cut : 0);
	return n;
}

int sn_report_is_cut_short(const struct sn_report *r)
{
	return sn_report_counter(r, SN_COUNTER_GROW_FAILED) != 0;
}
