/* SPDX-License-Identifier: Apache-2.0
 *
 * The folder that recordings are made in: the one that `snarl run` or $SNARL_OUTPUT names, else
 * $TMPDIR/snarl-UID.  Others may make files beside it, or be quicker to make one of its name: what
 * is done in it is done relative to a descriptor whose owner and mode have been looked at.  It is
 * opened anew each time, since programs close what they do not know.  Raw system calls only. */
#ifndef SN_INTERPOSE_FOLDER_H
#define SN_INTERPOSE_FOLDER_H

/* Settles its name, once; `nonce` makes one that nobody can have guessed. */
void sn_folder_choose(unsigned nonce);

/* Whether it is the temporary one, whose recordings go when they have been told. */
int sn_folder_is_temporary(void);

/* Opens it, made where it is not there: a descriptor, or a negative errno where it is not ours. */
int sn_folder_open(void);

const char *sn_folder_path(void);

/* Removes this process's recording, and the temporary folder with the last one in it. */
void sn_folder_remove_recording(void);

#endif
