/* SPDX-License-Identifier: Apache-2.0
 *
 * Which findings have been printed already, by their ids, so that the end of a run does not tell
 * again what was told when it happened. */
#include "cli/run.h"
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

/* The report's findings; to be released with json_decref on `root`. NULL where they cannot be had.
 */
static json_t *findings_of(struct sn_report *r, json_t **root)
{
	char *text = NULL;
	size_t size = 0;
	FILE *f = open_memstream(&text, &size);

	*root = NULL;
	if (!f)
		return NULL;
	if (sn_report_write(r, SN_FORMAT_JSON, f, 0) == 0 && fflush(f) == 0)
		*root = json_loadb(text, size, 0, NULL);
	fclose(f);
	free(text);
	return json_object_get(*root, "findings");
}

void told_add(struct told *told, struct sn_report *r)
{
	json_t *root, *findings = findings_of(r, &root), *one;
	size_t i;

	if (!told->ids)
		told->ids = json_object();
	json_array_foreach(findings, i, one)
	{
		const char *id = json_string_value(json_object_get(one, "id"));
		if (id)
			json_object_set_new(told->ids, id, json_true());
	}
	json_decref(root);
}

int told_covers(const struct told *told, struct sn_report *r)
{
	json_t *root, *findings = told->ids ? findings_of(r, &root) : NULL, *one;
	size_t i, known = 0;
	int covers;

	if (!told->ids)
		return 0;
	json_array_foreach(findings, i, one)
	{
		const char *id = json_string_value(json_object_get(one, "id"));
		known += id && json_object_get(told->ids, id);
	}
	covers = findings && known == json_array_size(findings);
	json_decref(root);
	return covers;
}

void told_free(struct told *told)
{
	json_decref(told->ids);
	told->ids = NULL;
}
