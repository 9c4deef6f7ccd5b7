/* SPDX-License-Identifier: Apache-2.0
 *
 * See socket.h. Time limits can be asked for through a descriptor only: the thread's is doubled for
 * a moment, which takes the right to trace the process. */
#include "outside/socket.h"
#include "outside/descriptor.h"
#include "outside/others.h"
#include "outside/peer.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <unistd.h>

uint64_t sn_socket_of(const struct sn_remote *r, int *writes)
{
	switch ((long)r->system_call - 1) {
	case SYS_read:
	case SYS_readv:
	case SYS_recvfrom:
	case SYS_recvmsg:
		*writes = 0;
		break;
	case SYS_write:
	case SYS_writev:
	case SYS_sendto:
	case SYS_sendmsg:
		*writes = 1;
		break;
	default:
		return 0;
	}
	return sn_descriptor_inode(r->pid, (unsigned)r->argument[0], "socket");
}

static int number_of(int fd, int level, int name)
{
	int value = -1;
	socklen_t n = sizeof(value);

	return getsockopt(fd, level, name, &value, &n) ? -1 : value;
}

static int has_limit(int fd, int writes)
{
	struct timeval limit = {0, 0};
	socklen_t n = sizeof(limit);

	return getsockopt(fd, SOL_SOCKET, writes ? SO_SNDTIMEO : SO_RCVTIMEO, &limit, &n) ||
	       limit.tv_sec || limit.tv_usec;
}

/* The other end of an open socket; 0 where there is none, or a limit may end the wait. */
static uint64_t ask(int fd, uint32_t pid, uint64_t inode, int writes)
{
	int domain = number_of(fd, SOL_SOCKET, SO_DOMAIN);
	int type = number_of(fd, SOL_SOCKET, SO_TYPE);

	if (has_limit(fd, writes))
		return 0;
	if (domain == AF_UNIX)
		return type == SOCK_STREAM || type == SOCK_SEQPACKET ? sn_peer_unix(inode) : 0;
	if ((domain != AF_INET && domain != AF_INET6) || type != SOCK_STREAM ||
	    number_of(fd, SOL_SOCKET, SO_PROTOCOL) != IPPROTO_TCP ||
	    number_of(fd, IPPROTO_TCP, TCP_USER_TIMEOUT) != 0)
		return 0;
	return sn_peer_tcp(pid, inode);
}

static uint64_t peer_of(const struct sn_remote *r, uint64_t inode, int writes)
{
	int process = (int)syscall(SYS_pidfd_open, r->pid, 0), fd;
	uint64_t peer = 0;

	if (process < 0)
		return 0;
	fd = (int)syscall(SYS_pidfd_getfd, process, (int)r->argument[0], 0);
	close(process);
	if (fd < 0)
		return 0;
	peer = ask(fd, r->pid, inode, writes);
	close(fd);
	return peer;
}

struct ends {
	uint64_t inode[2]; /* 0: not asked for */
};

static int is_end(int folder, const char *name, const void *what)
{
	const struct ends *ends = what;
	uint64_t inode = sn_descriptor_inode_at(folder, name, "socket");

	return inode && (inode == ends->inode[0] || inode == ends->inode[1]);
}

static int has_end(uint32_t pid, const void *what)
{
	return sn_descriptor_any(pid, is_end, what);
}

int sn_socket_is_own(const struct sn_remote *r, uint64_t inode, int writes)
{
	uint64_t peer = peer_of(r, inode, writes);
	const struct ends both = {{inode, peer}}, other = {{0, peer}};

	return peer && has_end(r->pid, &other) > 0 && !sn_others_have(r->pid, has_end, &both);
}
