/* SPDX-License-Identifier: Apache-2.0
 *
 * Graphviz: of each inversion the order of its locks, an edge from the one that is held to the one that is taken; of
 * all else where threads wait, who waits for what, and who holds that. */
#include "report/formats.h"
#include "report/shown.h"
#include "base/names.h"

#include <stdlib.h>

static void put(FILE *out, const char *text)
{
	sn_put(out, text, SN_OUTPUT_DOT);
}

/* A thread and a lock may have the same number. */
static void put_id(FILE *out, const struct sn_found *f, int is_thread, uint32_t number)
{
	fprintf(out, "f%s_%c%u", f->id, is_thread ? 't' : 'o', number);
}

static void put_node(FILE *out, const struct sn_found *f, int is_thread, uint32_t number)
{
	char *name =
		is_thread ? sn_said_thread(f->process, number) : sn_said_lock(f->process, number);

	fputs("    ", out);
	put_id(out, f, is_thread, number);
	fprintf(out, " [shape=%s, label=\"", is_thread ? "ellipse" : "box");
	put(out, name);
	fputs("\"];\n", out);
	free(name);
}

static int is_wait(const struct sn_part *part)
{
	return (part->role == SN_ROLE_WAITS || part->role == SN_ROLE_WANTS) && part->object;
}

static int is_hold(const struct sn_part *part)
{
	return part->role == SN_ROLE_HOLDS && part->object;
}

static int is_edge(const struct sn_part *part)
{
	return part->thread && (is_wait(part) || is_hold(part));
}

/* The place where it happens, as the label of an edge. */
static void put_label(FILE *out, const struct sn_report *r, const struct sn_found *f,
		      const struct sn_part *part, const char *what)
{
	struct sn_place place;

	fputs(" [label=\"", out);
	put(out, what);
	if (sn_place_of_stack(r, f->process, part->stack, &place)) {
		fputs("\\n", out);
		put(out, place.file);
		fprintf(out, ":%d", place.line);
	}
	fputs("\"];\n", out);
}

static void put_edge(FILE *out, const struct sn_report *r, const struct sn_found *f,
		     const struct sn_part *part)
{
	int hold = is_hold(part);

	fputs("    ", out);
	put_id(out, f, hold ? part->object_is_thread : 1, hold ? part->object : part->thread);
	fputs(" -> ", out);
	put_id(out, f, hold ? 1 : part->object_is_thread, hold ? part->thread : part->object);
	put_label(out, r, f, part, hold ? "is held by" : "waits for");
}

/* What the thread takes, from what it holds then. */
static void put_order(FILE *out, const struct sn_report *r, const struct sn_found *f,
		      const struct sn_part *wants)
{
	char *name = sn_said_thread(f->process, wants->thread);

	for (uint32_t i = 0; i < f->part_count; i++) {
		const struct sn_part *held = &f->parts[i];

		if (!is_hold(held) || held->thread != wants->thread)
			continue;
		fputs("    ", out);
		put_id(out, f, 0, held->object);
		fputs(" -> ", out);
		put_id(out, f, 0, wants->object);
		put_label(out, r, f, wants, name);
	}
	free(name);
}

/* The two ends of a part's edge, as nodes. */
struct node {
	int is_thread;
	uint32_t number;
};

static struct node end_of(const struct sn_part *part, int object)
{
	if (object)
		return (struct node){part->object_is_thread, part->object};
	return (struct node){1, part->thread};
}

static int is_first(const struct sn_found *f, uint32_t end)
{
	struct node n = end_of(&f->parts[end / 2], end % 2);

	for (uint32_t i = 0; i < end; i++) {
		struct node before = end_of(&f->parts[i / 2], i % 2);

		if (is_edge(&f->parts[i / 2]) && before.is_thread == n.is_thread &&
		    before.number == n.number)
			return 0;
	}
	return 1;
}

static void put_nodes(FILE *out, const struct sn_found *f, int only_locks)
{
	for (uint32_t end = 0; end < 2 * f->part_count; end++) {
		struct node n = end_of(&f->parts[end / 2], end % 2);

		if (is_edge(&f->parts[end / 2]) && !(only_locks && n.is_thread) && is_first(f, end))
			put_node(out, f, n.is_thread, n.number);
	}
}

static void put_found(FILE *out, const struct sn_report *r, const struct sn_found *f)
{
	int order = f->kind == SN_KIND_LOCK_ORDER_INVERSION;

	fprintf(out, "  subgraph cluster_%s {\n    label=\"%s (%s), id %s\";\n", f->id,
		sn_kind_name(f->kind), sn_verdict_name(f->verdict), f->id);
	put_nodes(out, f, order);
	for (uint32_t i = 0; i < f->part_count; i++)
		if (order && is_edge(&f->parts[i]) && is_wait(&f->parts[i]))
			put_order(out, r, f, &f->parts[i]);
		else if (!order && is_edge(&f->parts[i]))
			put_edge(out, r, f, &f->parts[i]);
	fputs("  }\n", out);
}

static int has_edges(const struct sn_found *f)
{
	for (uint32_t i = 0; i < f->part_count; i++)
		if (is_edge(&f->parts[i]) && is_wait(&f->parts[i]))
			return 1;
	return 0;
}

int sn_format_dot(struct sn_report *r, FILE *out)
{
	fputs("digraph snarl {\n  fontname=\"sans-serif\";\n"
	      "  node [fontname=\"sans-serif\"];\n  edge [fontname=\"sans-serif\", fontsize=11];\n",
	      out);
	for (size_t i = 0; i < r->found_count; i++)
		if (sn_found_counts(r->found[i]) && has_edges(r->found[i]))
			put_found(out, r, r->found[i]);
	fputs("}\n", out);
	return sn_format_end(out);
}
