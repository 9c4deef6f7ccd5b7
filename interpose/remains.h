/* SPDX-License-Identifier: Apache-2.0
 *
 * Recordings that nobody will ask for any more.  A process that is killed, crashes or becomes
 * another program leaves its recording in the temporary folder; who comes later removes those whose
 * process is gone and that are older than a day, or more than `keep=` in number or `keep_mib=` in
 * size.  Raw system calls only. */
#ifndef SN_INTERPOSE_REMAINS_H
#define SN_INTERPOSE_REMAINS_H

/* Looks through the open folder. */
void sn_remains_remove(int folder, int keep, int mib);

#endif
