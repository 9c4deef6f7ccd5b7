/* SPDX-License-Identifier: Apache-2.0
 *
 * Names that are settled when the shim starts. */
#ifndef SN_INTERPOSE_START_H
#define SN_INTERPOSE_START_H

/* Path of the `snarl` command, NULL if it was not found. */
const char *sn_start_command(void);
/* Whether the recording lies in a directory of temporary ones, and goes when it has been told. */
int sn_start_is_temporary(void);

#endif
