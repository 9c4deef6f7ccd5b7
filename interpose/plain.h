/* SPDX-License-Identifier: Apache-2.0
 *
 * The report of last resort: what was found, with stacks as module and offset, where the command
 * that would tell it properly cannot be run. */
#ifndef SN_INTERPOSE_PLAIN_H
#define SN_INTERPOSE_PLAIN_H

/* Writes to the descriptor. Called at a deadlock or at the end, under the report's lock. Returns
 * the worst verdict (enum sn_verdict). */
int sn_plain_report(int fd);

#endif
