/* SPDX-License-Identifier: Apache-2.0
 *
 * The id of a finding: the same in every run of the same program, on every machine, whichever
 * thread came first; so that people can cite it, and tools can compare runs. */
#include "report/race.h"
#include "base/names.h"

#include <stdlib.h>
#include <string.h>

static uint64_t mix(uint64_t h, const void *bytes, size_t size)
{
	const unsigned char *p = bytes;

	for (size_t i = 0; i < size; i++)
		h = (h ^ p[i]) * 0x100000001b3ull;
	return h;
}

/* A text with its end, so that "ab","c" and "a","bc" differ. */
static uint64_t mix_text(uint64_t h, const char *text)
{
	return mix(h, text, strlen(text) + 1);
}

/* FNV-1a's high bits depend little on the last bytes; an avalanche spreads them. */
static uint64_t avalanche(uint64_t h)
{
	h = (h ^ (h >> 33)) * 0xff51afd7ed558ccdull;
	h = (h ^ (h >> 33)) * 0xc4ceb9fe1a85ec53ull;
	return h ^ (h >> 33);
}

static uint64_t mix_frame(uint64_t h, const struct sn_frame *f)
{
	if (f->function)
		return mix_text(h, f->function);
	if (!f->module)
		return mix_text(h, "?");
	h = mix_text(h, sn_basename(f->module));
	return mix(h, &f->offset, sizeof(f->offset));
}

static uint64_t mix_stack(uint64_t h, struct sn_process *p, uint32_t stack)
{
	const struct sn_trace *t = sn_process_trace(p, stack);
	uint32_t n = 0;

	/* What the C++ library's headers call inside differs from one version to the next. */
	for (size_t i = 0; i < t->count; i++) {
		if (sn_trace_is_dull(t, i))
			continue;
		h = mix_frame(h, t->at[i].frame);
		n++;
	}
	return mix(h, &n, sizeof(n));
}

/* A part without a stack is known by where its thread was created or its lock was born. */
static uint32_t stack_of(const struct sn_found *f, const struct sn_part *part)
{
	const struct sn_view *v = f->process->view;

	if (part->stack)
		return part->stack;
	if (part->object && !part->object_is_thread)
		return sn_view_lock(v, part->object)->birth_stack;
	return sn_view_thread(v, part->object ? part->object : part->thread)->create_stack;
}

static uint64_t hash_parts(const struct sn_found *f, uint32_t first, uint32_t count)
{
	uint64_t h = 0xcbf29ce484222325ull;

	for (uint32_t i = first; i < first + count; i++) {
		h = mix_text(h, sn_role_name(f->parts[i].role));
		h = mix_stack(h, f->process, stack_of(f, &f->parts[i]));
	}
	return avalanche(h);
}

uint32_t sn_found_group(const struct sn_found *f, uint32_t first, uint32_t end)
{
	uint32_t n = 1;

	/* What a thread holds opens its group: one thread may make two steps of a refuted ring. */
	while (first + n < end && f->parts[first + n].thread == f->parts[first].thread &&
	       f->parts[first + n].role != SN_ROLE_HOLDS)
		n++;
	return n;
}

int sn_found_is_knot(const struct sn_found *f)
{
	return f->kind == SN_KIND_DEADLOCK &&
	       (f->why == SN_WHY_NOBODY_LEFT || f->why == SN_WHY_WAKERS_ASLEEP ||
		f->why == SN_WHY_ALL_WERE_ASLEEP || f->why == SN_WHY_NOBODY_REACHES ||
		f->why == SN_WHY_NEVER_WAKES || f->why == SN_WHY_NOBODY_TAKES);
}

uint32_t sn_found_ring(const struct sn_found *f)
{
	uint32_t n = 0;

	if (sn_found_is_knot(f) ||
	    (f->kind != SN_KIND_LOCK_ORDER_INVERSION && f->kind != SN_KIND_DEADLOCK))
		return 0;
	while (n < f->part_count && f->parts[n].thread &&
	       (f->parts[n].role == SN_ROLE_HOLDS || f->parts[n].role == SN_ROLE_WANTS ||
		f->parts[n].role == SN_ROLE_WAITS || f->parts[n].role == SN_ROLE_SUBJECT))
		n++;
	return n;
}

const struct sn_part *sn_found_part(const struct sn_found *f, enum sn_role role)
{
	static const struct sn_part none;

	for (uint32_t i = 0; i < f->part_count; i++)
		if (f->parts[i].role == role)
			return &f->parts[i];
	return &none;
}

static void turn_ring(struct sn_found *f, uint32_t ring)
{
	struct sn_part turned[SN_PARTS_MAX];
	uint32_t start = 0, lowest = UINT32_MAX;

	for (uint32_t i = 0; i < ring; i += sn_found_group(f, i, ring)) {
		uint32_t serial = sn_view_thread(f->process->view, f->parts[i].thread)->serial;
		if (serial < lowest) {
			lowest = serial;
			start = i;
		}
	}
	for (uint32_t i = 0; i < ring; i++)
		turned[i] = f->parts[(start + i) % ring];
	memcpy(f->parts, turned, ring * sizeof(*turned));
}

/* Whether the sequence of `n` numbers read from `a` on, round the end, comes before that from b. */
static int comes_before(const uint64_t *ring, uint32_t n, uint32_t a, uint32_t b)
{
	for (uint32_t i = 0; i < n; i++) {
		uint64_t x = ring[(a + i) % n], y = ring[(b + i) % n];
		if (x != y)
			return x < y;
	}
	return 0;
}

/* The ring's groups, read from where they make the smallest sequence: any start gives the same. */
static uint64_t mix_ring(uint64_t h, const struct sn_found *f, uint32_t ring)
{
	uint64_t groups[SN_PARTS_MAX];
	uint32_t n = 0, best = 0;

	for (uint32_t i = 0, size; i < ring; i += size) {
		size = sn_found_group(f, i, ring);
		groups[n++] = hash_parts(f, i, size);
	}
	for (uint32_t i = 1; i < n; i++)
		if (comes_before(groups, n, i, best))
			best = i;
	for (uint32_t i = 0; i < n; i++)
		h = mix(h, &groups[(best + i) % n], sizeof(*groups));
	return h;
}

static int in_order(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return x < y ? -1 : x > y;
}

/* The places of a knot as a set: how many threads sleep at each, and in which order they are told,
 * differs from run to run; so does whether some signal went unheard before. */
static uint64_t mix_knot(uint64_t h, const struct sn_found *f)
{
	uint64_t places[SN_PARTS_MAX];
	uint32_t n = 0;

	for (uint32_t i = 0; i < f->part_count; i++)
		if (f->parts[i].role == SN_ROLE_WAITS || f->parts[i].role == SN_ROLE_HOLDS)
			places[n++] = hash_parts(f, i, 1);
	qsort(places, n, sizeof(*places), in_order);
	for (uint32_t i = 0; i < n; i++)
		if (!i || places[i] != places[i - 1])
			h = mix(h, &places[i], sizeof(*places));
	return h;
}

/* A lost wakeup is known by how it was lost: what follows are the other threads of a knot, which
 * may be idle ones. They begin with the second wait, or with what somebody holds. */
static uint32_t known_by(const struct sn_found *f)
{
	uint32_t n = 0, waits = 0;

	if (f->kind != SN_KIND_LOST_WAKEUP)
		return f->part_count;
	while (n < f->part_count && f->parts[n].role != SN_ROLE_HOLDS &&
	       (f->parts[n].role != SN_ROLE_WAITS || !waits++))
		n++;
	return n;
}

/* What a thread did at the moment of a look from outside is another thing each time, and which of
 * the waiters is told is chance: a lock that is held too long is known by who holds it, and by the
 * call that takes long where there is one. */
static int is_chance(const struct sn_found *f, const struct sn_part *part)
{
	if (f->kind != SN_KIND_BLOCKING_UNDER_LOCK)
		return 0;
	return part->role == SN_ROLE_WAITS ||
	       (part->role == SN_ROLE_BLOCKED && (!part->stack || part->stack & SN_STACK_GLIMPSED));
}

static void write_id(struct sn_found *f, uint64_t h)
{
	snprintf(f->id, sizeof(f->id), "%012llx",
		 (unsigned long long)avalanche(h) & 0xffffffffffffull);
}

static uint64_t mix_place(uint64_t h, struct sn_process *p, uint32_t stack)
{
	const struct sn_trace *t = sn_process_trace(p, stack);
	size_t i = 0;

	while (i < t->count && sn_trace_is_dull(t, i))
		i++;
	if (i == t->count)
		return h;
	const struct sn_frame *f = t->at[i].frame;
	return f->file ? mix(mix_text(h, f->file), &f->line, sizeof(f->line)) : mix_frame(h, f);
}

/* A lock by the name of its variable, an element of an array by that of the array. */
static uint64_t mix_object(uint64_t h, struct sn_process *p, uint32_t lock)
{
	const struct sn_variable *v = sn_process_lock_variable(p, lock);

	return v ? mix(h, v->name, strcspn(v->name, "[+")) : h;
}

/* Two bugs may lie in the same functions: they have other lines, or other objects. Added up, since a
 * ring may begin anywhere. 0: any place; a suspicion is told once for its functions. */
static uint64_t place_of(const struct sn_found *f, uint32_t end)
{
	uint64_t sum = 0;

	if (f->verdict < SN_PREDICTED)
		return 0;
	for (uint32_t i = 0; i < end; i++) {
		const struct sn_part *part = &f->parts[i];
		uint64_t h = mix_text(0xcbf29ce484222325ull, sn_role_name(part->role));

		h = mix_place(h, f->process, stack_of(f, part));
		if (part->object && !part->object_is_thread)
			h = mix_object(h, f->process, part->object);
		sum += avalanche(h);
	}
	return sum;
}

/* Where a side of a race was: the function of the program's, its line too where `lines`. */
static uint64_t side_of(const struct sn_found *f, const struct sn_race_side *s, int lines)
{
	uint64_t h = 0xcbf29ce484222325ull;
	const struct sn_frame *site = sn_trace_site(sn_process_trace(f->process, s->part->stack));

	if (site && (!lines || !site->file))
		h = mix_frame(h, site);
	else if (site)
		h = mix(mix_text(h, site->file), &site->line, sizeof(site->line));
	return avalanche(h);
}

/* A variable by its name without indices; a block of the heap by who allocated it, and who called
 * that. */
static uint64_t mix_memory(uint64_t h, const struct sn_found *f, const struct sn_race_memory *m)
{
	int index = 0;
	uint32_t left = 2;

	h = mix_text(h, m->kind ? m->kind : "");
	for (const char *c = m->variable ? m->variable->name : ""; *c && *c != '+'; c++) {
		index += *c == '[';
		if (!index)
			h = mix(h, c, 1);
		index -= *c == ']';
	}
	if (!m->whole || !(m->whole->what & SN_ACCESS_HEAP))
		return h;
	const struct sn_trace *t = sn_process_trace(f->process, m->part->stack);
	for (size_t i = 0; i < t->count && left; i++)
		if (!sn_trace_is_dull(t, i)) {
			h = mix_frame(h, t->at[i].frame);
			left--;
		}
	return h;
}

/* A race is known by the two places, whichever came first and however the program came there, and
 * by what the memory is. */
static void identify_race(struct sn_found *f, const struct sn_race *r, uint64_t h)
{
	h = mix_memory(h, f, &r->memory);
	f->functions = h + side_of(f, &r->now, 0) + side_of(f, &r->before, 0);
	f->place = side_of(f, &r->now, 1) + side_of(f, &r->before, 1);
	if (r->memory.whole && r->memory.whole->what & SN_ACCESS_HEAP)
		f->place += avalanche(mix_place(h, f->process, r->memory.part->stack));
	write_id(f, f->functions);
}

void sn_found_identify_beside(struct sn_found *f)
{
	write_id(f, mix(f->functions, &f->place, sizeof(f->place)));
}

void sn_found_identify(struct sn_found *f)
{
	uint32_t ring = sn_found_ring(f), end = known_by(f);
	uint64_t h = mix_text(0xcbf29ce484222325ull, sn_kind_name(f->kind));
	char scope[SN_SCOPE_NAME];
	struct sn_race race;

	if (sn_race_of(f, &race)) {
		if (f->scope)
			h = mix_text(h, sn_note_scope_name(f->process, f->scope, scope));
		identify_race(f, &race, h);
		return;
	}
	if (sn_found_is_knot(f)) {
		h = mix_knot(h, f);
		end = 0;
	} else if (ring) {
		turn_ring(f, ring);
		h = mix_ring(h, f, ring);
	}
	for (uint32_t i = ring; i < end; i++) {
		if (is_chance(f, &f->parts[i]))
			continue;
		uint64_t part = hash_parts(f, i, 1);
		h = mix(h, &part, sizeof(part));
	}
	/* The same in two tests is two findings. */
	if (f->scope)
		h = mix_text(h, sn_note_scope_name(f->process, f->scope, scope));
	f->functions = h;
	f->place = place_of(f, end);
	write_id(f, h);
}

void sn_found_identify_site(struct sn_found *f, unsigned nth)
{
	const struct sn_frame *site = sn_found_created(f);
	enum sn_kind kind = sn_found_is_alive(f) ? SN_KIND_LEAKED_WORKER : f->kind;
	uint64_t h = mix_text(0xcbf29ce484222325ull, sn_kind_name(kind));

	if (site)
		h = mix_frame(h, site);
	write_id(f, mix(h, &nth, sizeof(nth)));
}
