/* SPDX-License-Identifier: Apache-2.0
 *
 * What the formats that are JSON share.  A text of foreign bytes becomes one of JSON. */
#ifndef SN_REPORT_JSON_H
#define SN_REPORT_JSON_H

#include <jansson.h>
#include <stdint.h>
#include <stdio.h>

/* Bytes that are no UTF-8 become '?'. */
json_t *sn_json_text(const char *text);
/* Set a member; an empty text is not set. */
void sn_json_set_text(json_t *o, const char *key, const char *text);
void sn_json_set_number(json_t *o, const char *key, uint64_t n);
/* 2030-01-31T12:00:00.123Z; 0 is not set. */
void sn_json_set_time(json_t *o, const char *key, uint64_t ns);

/* Writes it, and gives it up. Returns 0 or -EIO. */
int sn_json_write(json_t *o, FILE *out);

#endif
