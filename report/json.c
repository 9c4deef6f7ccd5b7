/* SPDX-License-Identifier: Apache-2.0
 *
 * The report for programs: snarl-report/1, a contract (docs/design.md).  What is unknown is absent.
 */
#include "base/names.h"
#include "report/formats.h"
#include "report/json.h"
#include "report/race.h"
#include "report/say.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* Foreign bytes (a file name need not be UTF-8) become '?'. */
json_t *sn_json_text(const char *text)
{
	json_t *s = json_string(text);
	char *clean = s ? NULL : strdup(text);

	if (!clean)
		return s;
	for (char *c = clean; *c; c++)
		if ((signed char)*c < 0)
			*c = '?';
	s = json_string(clean);
	free(clean);
	return s;
}

/* Sets a text, if there is one. */
void sn_json_set_text(json_t *o, const char *key, const char *text)
{
	if (text && *text)
		json_object_set_new(o, key, sn_json_text(text));
}

void sn_json_set_number(json_t *o, const char *key, uint64_t n)
{
	json_object_set_new(o, key, json_integer((json_int_t)n));
}

static void set_format(json_t *o, const char *key, const char *format, unsigned long long n)
{
	char text[32];

	snprintf(text, sizeof(text), format, n);
	json_object_set_new(o, key, json_string(text));
}

static const char *how_name(enum sn_how how)
{
	static const char *const names[] = {"exit", "signal", "exec", "running", "lost"};

	return names[how];
}

/* 2030-01-31T12:00:00.123Z */
void sn_json_set_time(json_t *o, const char *key, uint64_t ns)
{
	time_t seconds = (time_t)(ns / 1000000000);
	char text[48];
	struct tm tm;
	size_t n;

	if (!ns || !gmtime_r(&seconds, &tm))
		return;
	n = strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%S", &tm);
	snprintf(text + n, sizeof(text) - n, ".%03uZ", (unsigned)(ns / 1000000 % 1000));
	json_object_set_new(o, key, json_string(text));
}

static json_t *arguments(const struct sn_view *v)
{
	const struct sn_header *h = v->header;
	json_t *list = json_array();
	uint32_t at = h->arguments, end = sn_view_count(v, SN_TABLE_STRING);

	for (uint32_t i = 0; at && at < end && i < h->argument_count; i++) {
		const char *text = sn_view_text(v, at);

		json_array_append_new(list, sn_json_text(text));
		at += (uint32_t)strlen(text) + 1;
	}
	return list;
}

static json_t *process(const struct sn_process *p)
{
	const struct sn_header *h = p->view->header;
	json_t *o = json_object(), *ended = json_object();

	sn_json_set_number(o, "pid", h->pid);
	if (h->parent)
		sn_json_set_number(o, "parent", h->parent);
	sn_json_set_text(o, "exe", sn_view_text(p->view, h->exe));
	json_object_set_new(o, "arguments", arguments(p->view));
	sn_json_set_time(o, "started", h->started_ns);
	if (p->end_known && p->end_ns >= h->started_mono_ns)
		json_object_set_new(o, "seconds",
				    json_real((double)(p->end_ns - h->started_mono_ns) / 1e9));
	json_object_set_new(ended, "how", json_string(how_name(p->how)));
	if (p->how == SN_HOW_EXIT || p->how == SN_HOW_SIGNAL)
		json_object_set_new(ended, "status", json_integer(p->status));
	json_object_set_new(o, "ended", ended);
	return o;
}

static json_t *frame(const struct sn_report *r, const struct sn_frame *f)
{
	json_t *o = json_object();

	sn_json_set_text(o, "function", f->function);
	if (f->file) {
		const char *prefix = r->options.strip_path_prefix;
		sn_json_set_text(o, "file", *prefix ? sn_say_file(f->file, prefix) : f->file);
		if (f->line > 0)
			sn_json_set_number(o, "line", (uint64_t)f->line);
		if (f->line > 0 && f->column > 0)
			sn_json_set_number(o, "column", (uint64_t)f->column);
	}
	sn_json_set_text(o, "module", f->module);
	sn_json_set_text(o, "build_id", f->build_id);
	set_format(o, "offset", "0x%llx", f->offset);
	if (f->inlined)
		json_object_set_new(o, "inlined", json_true());
	return o;
}

static json_t *stack(const struct sn_report *r, struct sn_process *p, uint32_t index)
{
	const struct sn_trace *t = sn_process_trace(p, index);
	json_t *list = json_array();

	for (size_t i = 0; i < t->count; i++)
		json_array_append_new(list, frame(r, t->at[i].frame));
	return list;
}

static void set_stack(json_t *o, const char *key, const struct sn_report *r, struct sn_process *p,
		      uint32_t index)
{
	if (sn_process_trace(p, index)->count)
		json_object_set_new(o, key, stack(r, p, index));
}

static int has_id(json_t *list, const char *id)
{
	json_t *o;
	size_t i;

	json_array_foreach(list, i, o)
	{
		if (!strcmp(json_string_value(json_object_get(o, "id")), id))
			return 1;
	}
	return 0;
}

static void add_thread(json_t *list, const struct sn_report *r, struct sn_process *p,
		       uint32_t thread)
{
	const struct sn_thread_rec *t = sn_view_thread(p->view, thread);
	char id[16], name[SN_NAME_SIZE];
	json_t *o;

	snprintf(id, sizeof(id), "T%u", t->serial);
	if (!t->serial || has_id(list, id))
		return;
	o = json_object();
	json_object_set_new(o, "id", json_string(id));
	sn_json_set_text(o, "name", sn_say_name(name, p, thread));
	if (t->tid)
		sn_json_set_number(o, "tid", t->tid);
	if (t->flags & SN_THREAD_OTHERS && t->others_pid)
		sn_json_set_number(o, "process", t->others_pid);
	set_stack(o, "created", r, p, t->create_stack);
	json_array_append_new(list, o);
}

static void add_object(json_t *list, const struct sn_report *r, struct sn_process *p, uint32_t lock)
{
	const struct sn_lock_rec *l = sn_view_lock(p->view, lock);
	uint32_t number = sn_process_lock_number(p, lock);
	char id[16];
	json_t *o;

	snprintf(id, sizeof(id), "%c%u", sn_process_lock_letter(p, lock), number);
	if (!number || has_id(list, id))
		return;
	o = json_object();
	json_object_set_new(o, "id", json_string(id));
	json_object_set_new(o, "type", json_string(sn_lock_type_name(l->type)));
	sn_json_set_text(o, "name", sn_process_lock_name(p, lock));
	set_format(o, "address", "0x%llx", l->address);
	set_stack(o, "born", r, p, l->birth_stack);
	json_array_append_new(list, o);
}

static json_t *object_id(struct sn_process *p, uint32_t lock)
{
	char id[16];

	snprintf(id, sizeof(id), "%c%u", sn_process_lock_letter(p, lock),
		 sn_process_lock_number(p, lock));
	return json_string(id);
}

static void set_object(json_t *o, struct sn_process *p, const struct sn_part *part)
{
	const struct sn_thread_rec *target = sn_view_thread(p->view, part->object);
	uint32_t lock = part->object_is_thread ? 0 : sn_process_lock_number(p, part->object);

	if (part->object_is_thread && target->serial)
		set_format(o, "object", "T%llu", target->serial);
	if (lock)
		json_object_set_new(o, "object", object_id(p, part->object));
}

/* When, how often, and how: what only some parts have. */
static void set_details(json_t *o, const struct sn_process *p, const struct sn_part *part)
{
	uint64_t start = p->view->header->started_mono_ns;

	if (part->when_ns && part->when_ns >= start)
		json_object_set_new(o, "when", json_real((double)(part->when_ns - start) / 1e9));
	if (part->more && part->role == SN_ROLE_BLOCKED)
		sn_json_set_text(o, "call", sn_system_call_name(part->more - 1));
	else if (part->more)
		sn_json_set_number(o, "more", part->more);
	if (part->role == SN_ROLE_BLOCKED && part->flags & SN_PART_RUNS)
		json_object_set_new(o, "running", json_true());
	if (part->number && part->role != SN_ROLE_ACCESSED && part->role != SN_ROLE_MEMORY)
		sn_json_set_number(o, "number", part->number);
	if (part->role != SN_ROLE_SIGNALLED)
		return;
	json_object_set_new(o, "broadcast", json_boolean(part->flags & SN_PART_BROADCAST));
	if (part->flags & (SN_PART_LOCKED | SN_PART_UNLOCKED))
		json_object_set_new(o, "with_mutex", json_boolean(part->flags & SN_PART_LOCKED));
}

static json_t *part_stack(const struct sn_report *r, struct sn_process *p,
			  const struct sn_part *part)
{
	const struct sn_thread_rec *t = sn_view_thread(p->view, part->thread);
	json_t *o = json_object();

	json_object_set_new(o, "role", json_string(sn_role_name(part->role)));
	if (t->serial)
		set_format(o, "thread", "T%llu", t->serial);
	set_object(o, p, part);
	set_details(o, p, part);
	set_stack(o, "frames", r, p, part->stack);
	return o;
}

/* What was accessed, and how, for each side of a race. */
static json_t *access(const struct sn_report *r, struct sn_process *p, const struct sn_race_side *s)
{
	const struct sn_thread_rec *t = sn_view_thread(p->view, s->part->thread);
	json_t *o = json_object(), *held = json_array();

	if (t->serial)
		set_format(o, "thread", "T%llu", t->serial);
	sn_json_set_text(o, "op", sn_say_op(s->access));
	sn_json_set_number(o, "size", s->access->size);
	if (s->access->what & SN_ACCESS_RANGE)
		json_object_set_new(o, "part_of_range", json_true());
	set_format(o, "address", "0x%llx", s->access->address);
	set_stack(o, "stack", r, p, s->part->stack);
	/* Where they were acquired is told among the stacks of the finding. */
	for (uint32_t i = 0; i < s->held_count; i++)
		json_array_append_new(held, object_id(p, s->held[i].object));
	json_object_set_new(o, "held", held);
	return o;
}

static json_t *location(const struct sn_report *r, struct sn_process *p,
			const struct sn_race_memory *m)
{
	json_t *o = json_object();

	sn_json_set_text(o, "kind", m->kind);
	sn_json_set_text(o, "name", m->variable ? m->variable->name : NULL);
	sn_json_set_text(o, "function", m->function);
	if (m->part && m->part->thread)
		set_format(o, "thread", "T%llu", sn_view_thread(p->view, m->part->thread)->serial);
	if (m->whole && m->whole->what & SN_ACCESS_HEAP) {
		sn_json_set_number(o, "offset", m->offset);
		sn_json_set_number(o, "size", m->whole->size);
		set_format(o, "address", "0x%llx", m->whole->address);
		set_stack(o, "allocated", r, p, m->part->stack);
	}
	return o;
}

static void add_accesses(json_t *o, const struct sn_report *r, const struct sn_found *f)
{
	struct sn_race race;
	json_t *list;

	if (!sn_race_of(f, &race))
		return;
	list = json_array();
	json_array_append_new(list, access(r, f->process, &race.now));
	json_array_append_new(list, access(r, f->process, &race.before));
	json_object_set_new(o, "accesses", list);
	if (race.memory.kind)
		json_object_set_new(o, "location", location(r, f->process, &race.memory));
	sn_json_set_text(o, "case", sn_race_case_name(sn_race_case_of(f, &race)));
}

static void set_message(json_t *o, const struct sn_found *f)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	if (!out)
		return;
	sn_say_message(out, f);
	fclose(out);
	sn_json_set_text(o, "message", text);
	free(text);
}

static void add_parts(json_t *o, const struct sn_report *r, const struct sn_found *f)
{
	json_t *threads = json_array(), *objects = json_array(), *stacks = json_array();
	struct sn_process *p = f->process;

	for (uint32_t i = 0; i < f->part_count; i++) {
		const struct sn_part *part = &f->parts[i];

		add_thread(threads, r, p, part->thread);
		if (part->object_is_thread)
			add_thread(threads, r, p, part->object);
		else
			add_object(objects, r, p, part->object);
		if (part->stack || part->number)
			json_array_append_new(stacks, part_stack(r, p, part));
	}
	for (size_t i = 0; i < f->site_count; i++)
		for (uint32_t j = 0; j < f->sites[i]->part_count; j++)
			add_thread(threads, r, p, f->sites[i]->parts[j].thread);
	/* The same thing in other threads of this process; those of others are only counted. */
	for (size_t i = 0; i < f->instance_count; i++)
		if (f->instances[i].process == p)
			add_thread(threads, r, p, f->instances[i].thread);
	json_object_set_new(o, "threads", threads);
	json_object_set_new(o, "objects", objects);
	json_object_set_new(o, "stacks", stacks);
}

/* The same locks at other places: the threads and objects are the finding's. */
static json_t *sites(const struct sn_report *r, const struct sn_found *f)
{
	json_t *list = json_array();

	for (size_t i = 0; i < f->site_count; i++) {
		const struct sn_found *site = f->sites[i];
		json_t *o = json_object(), *stacks = json_array();

		json_object_set_new(o, "id", json_string(site->id));
		json_object_set_new(o, "verdict", json_string(sn_verdict_name(site->verdict)));
		sn_json_set_number(o, "count", site->count);
		for (uint32_t j = 0; j < site->part_count; j++)
			json_array_append_new(stacks, part_stack(r, f->process, &site->parts[j]));
		json_object_set_new(o, "stacks", stacks);
		json_array_append_new(list, o);
	}
	return list;
}

static json_t *finding(const struct sn_report *r, const struct sn_found *f)
{
	json_t *o = json_object();
	char scope[SN_SCOPE_NAME];

	json_object_set_new(o, "id", json_string(f->id));
	json_object_set_new(o, "kind", json_string(sn_kind_name(f->kind)));
	json_object_set_new(o, "verdict", json_string(sn_verdict_name(f->verdict)));
	sn_json_set_number(o, "pid", f->process->view->header->pid);
	set_message(o, f);
	sn_json_set_text(o, "reason", sn_why_name(f->why));
	sn_json_set_text(o, "why", sn_say_why(f));
	sn_json_set_text(o, "scope", sn_note_scope_name(f->process, f->scope, scope));
	sn_json_set_text(o, "declared", sn_note_reason(f));
	sn_json_set_number(o, "count", f->count);
	add_parts(o, r, f);
	add_accesses(o, r, f);
	if (f->site_count)
		json_object_set_new(o, "sites", sites(r, f));
	return o;
}

static json_t *findings(const struct sn_report *r)
{
	json_t *list = json_array();

	for (size_t i = 0; i < r->found_count; i++)
		if (r->found[i]->verdict != SN_REFUTED || r->options.show_refuted)
			json_array_append_new(list, finding(r, r->found[i]));
	return list;
}

static json_t *unrecorded(const struct sn_report *r)
{
	json_t *o = json_object();

	for (unsigned c = 0; c < SN_COUNTER_COUNT; c++)
		if (sn_report_counter(r, c))
			sn_json_set_number(o, sn_counter_name(c), sn_report_counter(r, c));
	return o;
}

static json_t *summary(const struct sn_report *r)
{
	json_t *o = json_object(), *refuted = json_object();

	sn_json_set_number(o, "confirmed", sn_report_count(r, SN_CONFIRMED));
	sn_json_set_number(o, "predicted", sn_report_count(r, SN_PREDICTED));
	sn_json_set_number(o, "suspect", sn_report_count(r, SN_SUSPECT));
	sn_json_set_number(o, "suppressed", r->suppressed);
	for (unsigned w = 0; w < SN_WHY_COUNT; w++)
		if (sn_model_refuted(r, w))
			sn_json_set_number(refuted, sn_why_name(w), sn_model_refuted(r, w));
	json_object_set_new(o, "refuted", refuted);
	return o;
}

static json_t *processes(const struct sn_report *r)
{
	json_t *list = json_array();

	for (size_t i = 0; i < r->process_count; i++)
		json_array_append_new(list, process(r->processes[i]));
	return list;
}

int sn_json_write(json_t *o, FILE *out)
{
	int rc = json_dumpf(o, out, JSON_INDENT(2) | JSON_REAL_PRECISION(6) | JSON_ENSURE_ASCII);

	json_decref(o);
	return rc || fputc('\n', out) == EOF || fflush(out) ? -EIO : 0;
}

int sn_report_json(struct sn_report *r, FILE *out)
{
	json_t *o = json_object();

	sn_model_sort(r);
	json_object_set_new(o, "schema", json_string("snarl-report/1"));
	json_object_set_new(o, "processes", processes(r));
	json_object_set_new(o, "findings", findings(r));
	json_object_set_new(o, "unrecorded", unrecorded(r));
	json_object_set_new(o, "summary", summary(r));
	return sn_json_write(o, out);
}
