/* SPDX-License-Identifier: Apache-2.0
 *
 * Which socket is at the other end of one, by their inodes. 0 where none is known: also of those
 * that lie in another network namespace than ours (UNIX) or the process's (TCP). */
#ifndef SN_OUTSIDE_PEER_H
#define SN_OUTSIDE_PEER_H

#include <stdint.h>

uint64_t sn_peer_unix(uint64_t inode);
uint64_t sn_peer_tcp(uint32_t pid, uint64_t inode);

#endif
