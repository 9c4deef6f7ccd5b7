/* SPDX-License-Identifier: Apache-2.0
 *
 * Connected stream sockets that threads are blocked in, and who could end that: of a pair
 * (socketpair), or of a TCP connection both of whose ends are here.  One end is told by its inode;
 * the kernel says which is the other one. */
#ifndef SN_OUTSIDE_SOCKET_H
#define SN_OUTSIDE_SOCKET_H

#include "outside/remote.h"

/* The inode of the socket that the thread's call reads from, or writes to; 0: it is in no such
 * call. */
uint64_t sn_socket_of(const struct sn_remote *r, int *writes);

/* Whether the process has both ends, no other process has either, and no time limit is set: what
 * the thread waits for only a thread of the process could do. 0 as well where that cannot be found
 * out. */
int sn_socket_is_own(const struct sn_remote *r, uint64_t inode, int writes);

#endif
