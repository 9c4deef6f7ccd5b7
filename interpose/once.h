/* SPDX-License-Identifier: Apache-2.0
 *
 * When a once control needs no call any more. */
#ifndef SN_INTERPOSE_ONCE_H
#define SN_INTERPOSE_ONCE_H

/* The control's word when its routine has run; SN_ONCE_NEVER_DONE where every call must pass by the
 * real one, which tells a race engine of it. */
extern int sn_once_done;
#define SN_ONCE_NEVER_DONE (-1)

#endif
