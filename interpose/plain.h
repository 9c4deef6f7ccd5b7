/* SPDX-License-Identifier: Apache-2.0
 *
 * The report of last resort: what was found, with stacks as module and offset, where the command
 * that would tell it properly cannot be run, or makes no report. */
#ifndef SN_INTERPOSE_PLAIN_H
#define SN_INTERPOSE_PLAIN_H

struct sn_memory;

/* Writes it where reports go, and why it is this one that comes (NULL: that has been said). Called
 * at a deadlock or at the end, under the report's lock. Returns the worst verdict (enum
 * sn_verdict). */
int sn_plain_report(const char *why);

/* Memory for detectors that run in the process: mapped for them. */
struct sn_memory *sn_plain_memory(void);

#endif
