/* SPDX-License-Identifier: Apache-2.0
 *
 * An earlier report, of which nothing is to be told again: its findings are known by their ids, which
 * stay the same over runs and rebuilds (report/fingerprint.c). */
#include "report/model.h"
#include "report/report.h"

#include <errno.h>
#include <jansson.h>

static void add_ids(json_t *ids, const json_t *findings)
{
	for (size_t i = 0; i < json_array_size(findings); i++) {
		const json_t *one = json_array_get(findings, i);
		const char *id = json_string_value(json_object_get(one, "id"));

		if (id)
			json_object_set_new(ids, id, json_true());
		const json_t *sites = json_object_get(one, "sites");
		for (size_t j = 0; j < json_array_size(sites); j++) {
			id = json_string_value(json_object_get(json_array_get(sites, j), "id"));
			if (id)
				json_object_set_new(ids, id, json_true());
		}
	}
}

int sn_report_baseline(struct sn_report *r, const char *path, char *error, size_t error_size)
{
	json_error_t why;
	json_t *report = json_load_file(path, 0, &why);
	const json_t *findings = json_object_get(report, "findings");

	if (!json_is_array(findings)) {
		snprintf(error, error_size, "the baseline %s is no JSON report of snarl's%s%s",
			 path, report ? "" : ": ", report ? "" : why.text);
		json_decref(report);
		return -EINVAL;
	}
	if (!r->baseline)
		r->baseline = json_object();
	add_ids(r->baseline, findings);
	json_decref(report);
	return 0;
}

int sn_baseline_has(const struct sn_report *r, const char *id)
{
	return r->baseline && json_object_get(r->baseline, id) != NULL;
}

void sn_baseline_free(struct sn_report *r)
{
	json_decref(r->baseline);
}
