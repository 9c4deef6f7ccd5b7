/* SPDX-License-Identifier: Apache-2.0
 *
 * GitLab's code quality report: a list of findings with a file and a line each, known again by their ids.  One of which
 * no line is known is shown at the first line of the program. */
#include "report/formats.h"
#include "report/json.h"
#include "report/say.h"
#include "base/names.h"

#include <stdlib.h>

static const char *severity(const struct sn_report *r, const struct sn_found *f)
{
	static const char *const names[] = {"minor", "major", "critical"};

	return f->verdict == SN_CONFIRMED && sn_found_level(r, f) == SN_LEVEL_ERROR
		       ? "blocker"
		       : names[sn_found_level(r, f)];
}

static json_t *location(const struct sn_report *r, const struct sn_found *f)
{
	json_t *o = json_object(), *lines = json_object();
	const char *exe = sn_view_text(f->process->view, f->process->view->header->exe);
	struct sn_place place;
	int known = sn_place_of_found(r, f, &place);

	json_object_set_new(o, "path", sn_json_text(known ? place.file : *exe ? exe : "unknown"));
	sn_json_set_number(lines, "begin", known ? (uint64_t)place.line : 1);
	json_object_set_new(o, "lines", lines);
	return o;
}

static json_t *found(const struct sn_report *r, const struct sn_found *f)
{
	json_t *o = json_object();
	char *message = sn_said_message(f), *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	if (out) {
		fprintf(out, "%s (%s): %s", sn_kind_name(f->kind), sn_verdict_name(f->verdict),
			message);
		fclose(out);
	}
	json_object_set_new(o, "description", sn_json_text(text ? text : message));
	json_object_set_new(o, "check_name", json_string(sn_kind_name(f->kind)));
	json_object_set_new(o, "fingerprint", json_string(f->id));
	json_object_set_new(o, "severity", json_string(severity(r, f)));
	json_object_set_new(o, "location", location(r, f));
	free(message);
	free(text);
	return o;
}

int sn_format_gitlab(struct sn_report *r, FILE *out)
{
	json_t *list = json_array();

	for (size_t i = 0; i < r->found_count; i++)
		if (sn_found_counts(r->found[i]))
			json_array_append_new(list, found(r, r->found[i]));
	return sn_json_write(list, out);
}
