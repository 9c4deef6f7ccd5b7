/* SPDX-License-Identifier: Apache-2.0
 *
 * Names that are settled when the shim starts. */
#ifndef SN_INTERPOSE_START_H
#define SN_INTERPOSE_START_H

/* Path of the `snarl` command, NULL if it was not found. */
const char *sn_start_command(void);

#endif
