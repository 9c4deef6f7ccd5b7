/* SPDX-License-Identifier: Apache-2.0
 *
 * SARIF 2.1.0, in the parts that code scanning reads: a rule for each kind; of a finding its line, its other places,
 * the id as its fingerprint, and the way of each of its threads: the calls that lead to what it did, and that. */
#include "report/formats.h"
#include "report/json.h"
#include "report/say.h"
#include "base/names.h"

#include <stdlib.h>
#include <string.h>

/* The Makefile gives what the file VERSION says. */
#ifndef SNARL_VERSION
#define SNARL_VERSION "0.0.0"
#endif

#define ROOT_NAME "SRCROOT"
#define CALLERS_MOST 16

/* "](" would be a link. */
static json_t *message(const char *text)
{
	json_t *o = json_object();
	char *safe = malloc(2 * strlen(text) + 1), *to = safe;

	for (; safe && *text; text++) {
		if (text[0] == '(' && to > safe && to[-1] == ']')
			*to++ = ' ';
		*to++ = *text;
	}
	if (safe)
		*to = '\0';
	json_object_set_new(o, "text", sn_json_text(safe ? safe : ""));
	free(safe);
	return o;
}

static void set_message(json_t *o, const char *key, const char *text)
{
	json_object_set_new(o, key, message(text));
}

static json_t *file_uri(const char *path, int is_folder)
{
	char text[3 * 4096 + 16] = "file://";
	size_t n = strlen(text);

	n += sn_foreign_escape(text + n, sizeof(text) - n - 1, path, SN_OUTPUT_URI);
	if (is_folder && text[n - 1] != '/')
		memcpy(text + n, "/", 2);
	return json_string(text);
}

static json_t *artifact(const char *path, int is_below)
{
	json_t *o = json_object();
	char uri[3 * 4096];

	if (!is_below) {
		json_object_set_new(o, "uri", file_uri(path, 0));
		return o;
	}
	sn_foreign_escape(uri, sizeof(uri), path, SN_OUTPUT_URI);
	json_object_set_new(o, "uri", json_string(uri));
	json_object_set_new(o, "uriBaseId", json_string(ROOT_NAME));
	return o;
}

static void set_function(json_t *location, const char *function)
{
	json_t *logical = json_object(), *list = json_array();

	sn_json_set_text(logical, "fullyQualifiedName", function);
	json_object_set_new(logical, "kind", json_string("function"));
	json_array_append_new(list, logical);
	json_object_set_new(location, "logicalLocations", list);
}

static json_t *location(const struct sn_place *place, const char *text)
{
	json_t *o = json_object(), *physical = json_object(), *region = json_object();

	json_object_set_new(physical, "artifactLocation", artifact(place->file, place->is_below));
	sn_json_set_number(region, "startLine", (uint64_t)place->line);
	if (place->column)
		sn_json_set_number(region, "startColumn", (uint64_t)place->column);
	json_object_set_new(physical, "region", region);
	json_object_set_new(o, "physicalLocation", physical);
	if (place->frame->function)
		set_function(o, place->frame->function);
	if (text)
		set_message(o, "message", text);
	return o;
}

/* Who reads it wants one place at least: of a finding without any line, the program. */
static json_t *program_location(const struct sn_process *p)
{
	const char *exe = sn_view_text(p->view, p->view->header->exe);
	json_t *o = json_object(), *physical = json_object();

	json_object_set_new(physical, "artifactLocation",
			    artifact(*exe ? exe : "unknown", *exe != '/'));
	json_object_set_new(o, "physicalLocation", physical);
	return o;
}

static void set_locations(json_t *o, const struct sn_report *r, const struct sn_found *f)
{
	json_t *list = json_array();
	struct sn_place place;

	json_array_append_new(list, sn_place_of_found(r, f, &place) ? location(&place, NULL)
								    : program_location(f->process));
	json_object_set_new(o, "locations", list);
}

static int has_place(struct sn_report *r, const struct sn_found *f, uint32_t i,
		     struct sn_place *place)
{
	return sn_part_is_shown(&f->parts[i]) &&
	       sn_place_of_stack(r, f->process, f->parts[i].stack, place);
}

static void set_related(json_t *o, struct sn_report *r, const struct sn_found *f)
{
	json_t *list = json_array();
	struct sn_place place;

	for (uint32_t i = 0; i < f->part_count; i++) {
		json_t *one;
		char *text;

		if (!has_place(r, f, i, &place))
			continue;
		text = sn_said_part(r, f, i);
		one = location(&place, text);
		sn_json_set_number(one, "id", i + 1);
		json_array_append_new(list, one);
		free(text);
	}
	json_object_set_new(o, "relatedLocations", list);
}

/* The sentence, its "here" a link to the related location. */
static void say_with_link(FILE *out, const char *text, uint32_t id)
{
	const char *here = NULL;

	for (const char *at = text; (at = strstr(at, " here")); at++)
		if (!at[5] || at[5] == ',' || at[5] == ';')
			here = at;
	for (const char *at = text; *at; at++)
		if (at == here) {
			fprintf(out, " [here](%u)", id);
			at += 4;
		} else {
			fprintf(out, at[0] == ']' && at[1] == '(' ? "%c " : "%c", *at);
		}
	if (!here)
		fprintf(out, " [there](%u)", id);
}

static void set_text(json_t *o, struct sn_report *r, const struct sn_found *f)
{
	char *text = NULL, *head = sn_said_message(f);
	json_t *said = message(head);
	struct sn_place place;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	free(head);
	if (out) {
		fputs(json_string_value(json_object_get(said, "text")), out);
		for (uint32_t i = 0; i < f->part_count; i++) {
			char *part = has_place(r, f, i, &place) ? sn_said_part(r, f, i) : NULL;

			if (part)
				fputc('\n', out);
			if (part)
				say_with_link(out, part, i + 1);
			free(part);
		}
		fclose(out);
		sn_json_set_text(said, "text", text);
		free(text);
	}
	json_object_set_new(o, "message", said);
}

static void add_kinds(json_t *step, enum sn_role role)
{
	json_t *list = json_array();

	if (role == SN_ROLE_HOLDS || role == SN_ROLE_ACQUIRED || role == SN_ROLE_CHECKED)
		json_array_append_new(list, json_string("acquire"));
	else if (role == SN_ROLE_UNLOCKED)
		json_array_append_new(list, json_string("release"));
	if (json_array_size(list))
		json_object_set(step, "kinds", list);
	json_decref(list);
}

static void add_step(json_t *steps, const struct sn_place *place, const char *text, unsigned depth,
		     const char *importance)
{
	json_t *step = json_object();

	json_object_set_new(step, "location", location(place, text));
	sn_json_set_number(step, "nestingLevel", depth);
	json_object_set_new(step, "importance", json_string(importance));
	json_array_append_new(steps, step);
}

/* The calls that lead there, outermost first, and what was done. */
static void add_part(json_t *steps, struct sn_report *r, const struct sn_found *f, uint32_t i)
{
	const struct sn_part *part = &f->parts[i];
	unsigned callers = 0, depth = 0;
	struct sn_place place;
	char *text;

	while (callers < CALLERS_MOST &&
	       sn_place_of_caller(r, f->process, part->stack, callers + 1, &place))
		callers++;
	for (unsigned at = callers; at; at--)
		if (sn_place_of_caller(r, f->process, part->stack, at, &place)) {
			text = sn_said_caller(&place);
			add_step(steps, &place, text, depth++, "unimportant");
			free(text);
		}
	if (!sn_place_of_stack(r, f->process, part->stack, &place))
		return;
	text = sn_said_part(r, f, i);
	add_step(steps, &place, text, depth, "essential");
	free(text);
	add_kinds(json_array_get(steps, json_array_size(steps) - 1), part->role);
}

static int is_first_of_thread(const struct sn_found *f, uint32_t i)
{
	for (uint32_t j = 0; j < i; j++)
		if (f->parts[j].thread == f->parts[i].thread)
			return 0;
	return 1;
}

static void add_flow(json_t *flows, struct sn_report *r, const struct sn_found *f, uint32_t first)
{
	json_t *flow = json_object(), *steps = json_array();
	uint32_t thread = f->parts[first].thread;
	char *name = sn_said_thread(f->process, thread);

	for (uint32_t i = first; i < f->part_count; i++)
		if (f->parts[i].thread == thread && sn_part_is_shown(&f->parts[i]))
			add_part(steps, r, f, i);
	if (json_array_size(steps)) {
		json_object_set_new(flow, "id", sn_json_text(name));
		set_message(flow, "message", name);
		json_object_set(flow, "locations", steps);
		json_array_append(flows, flow);
	}
	free(name);
	json_decref(steps);
	json_decref(flow);
}

static void set_flows(json_t *o, struct sn_report *r, const struct sn_found *f)
{
	json_t *flows = json_array(), *code = json_object(), *list;

	for (uint32_t i = 0; i < f->part_count; i++)
		if (is_first_of_thread(f, i))
			add_flow(flows, r, f, i);
	if (json_array_size(flows)) {
		list = json_array();
		json_object_set(code, "threadFlows", flows);
		json_array_append(list, code);
		json_object_set_new(o, "codeFlows", list);
	}
	json_decref(flows);
	json_decref(code);
}

static void set_fingerprints(json_t *o, const struct sn_found *f)
{
	json_t *prints = json_object();
	char hash[SN_ID_LENGTH + 4];

	/* By this name GitHub knows an alert again: it need not be a hash of the line. */
	snprintf(hash, sizeof(hash), "%s:1", f->id);
	json_object_set_new(prints, "primaryLocationLineHash", json_string(hash));
	json_object_set_new(prints, "snarlFinding/v1", json_string(f->id));
	json_object_set_new(o, "partialFingerprints", prints);
}

static void set_properties(json_t *o, const struct sn_found *f)
{
	json_t *bag = json_object();
	char *why = sn_said_why(f);

	sn_json_set_text(bag, "verdict", sn_verdict_name(f->verdict));
	sn_json_set_text(bag, "why", why);
	sn_json_set_text(bag, "fix", sn_say_fix(f));
	sn_json_set_number(bag, "pid", f->process->view->header->pid);
	json_object_set_new(o, "properties", bag);
	free(why);
}

static json_t *result(struct sn_report *r, const struct sn_found *f)
{
	static const char *const levels[] = {"note", "warning", "error"};
	json_t *o = json_object();

	json_object_set_new(o, "ruleId", json_string(sn_kind_name(f->kind)));
	sn_json_set_number(o, "ruleIndex", f->kind);
	json_object_set_new(o, "level", json_string(levels[sn_found_level(r, f)]));
	set_text(o, r, f);
	set_locations(o, r, f);
	set_related(o, r, f);
	set_flows(o, r, f);
	set_fingerprints(o, f);
	sn_json_set_number(o, "occurrenceCount", f->count ? f->count : 1);
	set_properties(o, f);
	return o;
}

static json_t *rule(unsigned kind)
{
	json_t *o = json_object(), *help, *bag = json_object(), *tags = json_array();
	char markdown[1024];

	json_object_set_new(o, "id", json_string(sn_kind_name(kind)));
	json_object_set_new(o, "name", json_string(sn_kind_name(kind)));
	set_message(o, "shortDescription", sn_kind_what(kind));
	set_message(o, "fullDescription", sn_kind_what(kind));
	help = message(sn_kind_fix(kind));
	snprintf(markdown, sizeof(markdown), "%s\n\n**How to fix it.** %s\n", sn_kind_what(kind),
		 sn_kind_fix(kind));
	json_object_set_new(help, "markdown", json_string(markdown));
	json_object_set_new(o, "help", help);
	json_array_append_new(tags, json_string("concurrency"));
	json_array_append_new(tags, json_string(sn_kind_family(kind)));
	json_object_set_new(bag, "tags", tags);
	json_object_set_new(o, "properties", bag);
	return o;
}

static json_t *tool(void)
{
	json_t *o = json_object(), *driver = json_object(), *rules = json_array();

	for (unsigned kind = 0; kind < SN_KIND_COUNT; kind++)
		json_array_append_new(rules, rule(kind));
	json_object_set_new(driver, "name", json_string("snarl"));
	json_object_set_new(driver, "semanticVersion", json_string(SNARL_VERSION));
	json_object_set_new(driver, "rules", rules);
	json_object_set_new(o, "driver", driver);
	return o;
}

static json_t *invocation(const struct sn_process *p)
{
	const struct sn_header *h = p->view->header;
	json_t *o = json_object();

	/* That of the analysis, not that of the program. */
	json_object_set_new(o, "executionSuccessful", json_true());
	sn_json_set_number(o, "processId", h->pid);
	sn_json_set_time(o, "startTimeUtc", h->started_ns);
	if (p->how == SN_HOW_EXIT)
		json_object_set_new(o, "exitCode", json_integer(p->status));
	if (p->how == SN_HOW_SIGNAL)
		json_object_set_new(o, "exitSignalNumber", json_integer(p->status));
	return o;
}

static json_t *run(struct sn_report *r)
{
	json_t *o = json_object(), *invocations = json_array(), *results = json_array();
	json_t *roots = json_object(), *root = json_object();

	for (size_t i = 0; i < r->process_count; i++)
		json_array_append_new(invocations, invocation(r->processes[i]));
	for (size_t i = 0; i < r->found_count; i++)
		if (sn_found_counts(r->found[i]))
			json_array_append_new(results, result(r, r->found[i]));
	json_object_set_new(root, "uri", file_uri(sn_source_root(r), 1));
	json_object_set_new(roots, ROOT_NAME, root);
	json_object_set_new(o, "tool", tool());
	json_object_set_new(o, "invocations", invocations);
	json_object_set_new(o, "originalUriBaseIds", roots);
	json_object_set_new(o, "columnKind", json_string("unicodeCodePoints"));
	json_object_set_new(o, "results", results);
	return o;
}

int sn_format_sarif(struct sn_report *r, FILE *out)
{
	json_t *o = json_object(), *runs = json_array();

	json_array_append_new(runs, run(r));
	json_object_set_new(o, "$schema",
			    json_string("https://json.schemastore.org/sarif-2.1.0.json"));
	json_object_set_new(o, "version", json_string("2.1.0"));
	json_object_set_new(o, "runs", runs);
	return sn_json_write(o, out);
}
