/* SPDX-License-Identifier: Apache-2.0
 *
 * See peer.h. UNIX sockets are asked for by the kernel's socket diagnosis; of TCP the other end is
 * the connection of the process's network whose two addresses are the same the other way round. */
#include "outside/peer.h"

#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <linux/sock_diag.h>
#include <linux/unix_diag.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

struct question {
	struct nlmsghdr head;
	struct unix_diag_req request;
};

static int ask(int fd, uint32_t inode)
{
	struct question q = {
		.head = {.nlmsg_len = sizeof(q),
			 .nlmsg_type = SOCK_DIAG_BY_FAMILY,
			 .nlmsg_flags = NLM_F_REQUEST},
		.request = {.sdiag_family = AF_UNIX,
			    .udiag_states = UINT32_MAX,
			    .udiag_ino = inode,
			    .udiag_show = UDIAG_SHOW_PEER,
			    .udiag_cookie = {UINT32_MAX, UINT32_MAX}},
	};

	return send(fd, &q, sizeof(q), 0) == (ssize_t)sizeof(q);
}

static uint64_t answer(const struct nlmsghdr *head)
{
	const struct unix_diag_msg *m = NLMSG_DATA(head);
	const struct rtattr *a = (const struct rtattr *)(m + 1);
	unsigned rest = head->nlmsg_len - NLMSG_LENGTH(sizeof(*m));
	uint32_t peer;

	for (; RTA_OK(a, rest); a = RTA_NEXT(a, rest))
		if (a->rta_type == UNIX_DIAG_PEER && RTA_PAYLOAD(a) == sizeof(peer)) {
			memcpy(&peer, RTA_DATA(a), sizeof(peer));
			return peer;
		}
	return 0;
}

uint64_t sn_peer_unix(uint64_t inode)
{
	_Alignas(struct nlmsghdr) char text[1024];
	const struct nlmsghdr *head = (const struct nlmsghdr *)text;
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_SOCK_DIAG);
	uint64_t peer = 0;
	ssize_t n;

	if (fd < 0)
		return 0;
	if (inode <= UINT32_MAX && ask(fd, (uint32_t)inode) &&
	    (n = recv(fd, text, sizeof(text), 0)) > 0 && NLMSG_OK(head, (size_t)n) &&
	    head->nlmsg_type == SOCK_DIAG_BY_FAMILY &&
	    head->nlmsg_len >= NLMSG_LENGTH(sizeof(struct unix_diag_msg)))
		peer = answer(head);
	close(fd);
	return peer;
}

/* A connection as /proc lists it: addresses with ports, in hexadecimal. */
struct connection {
	char from[48], to[48];
	unsigned state;
	unsigned long long inode;
};
#define ESTABLISHED 1u

/* An address of version 4 as version 6 writes it is the same. */
static void shorten(char *address)
{
	static const char mapped[] = "0000000000000000FFFF0000";

	if (!strncmp(address, mapped, sizeof(mapped) - 1))
		memmove(address, address + sizeof(mapped) - 1,
			strlen(address + sizeof(mapped) - 1) + 1);
}

static int parse(struct connection *c, const char *line)
{
	if (sscanf(line, " %*u: %47s %47s %x %*s %*s %*s %*u %*u %llu", c->from, c->to, &c->state,
		   &c->inode) != 4)
		return 0;
	shorten(c->from);
	shorten(c->to);
	return 1;
}

typedef int matches(const struct connection *c, const struct connection *wanted);

static int is_same(const struct connection *c, const struct connection *wanted)
{
	return c->inode == wanted->inode;
}

static int is_other_end(const struct connection *c, const struct connection *wanted)
{
	return c->state == ESTABLISHED && c->inode && c->inode != wanted->inode &&
	       !strcmp(c->from, wanted->to) && !strcmp(c->to, wanted->from);
}

/* The connection that matches, of both versions; 0 where there is none. */
static int find(struct connection *c, uint32_t pid, matches *match, const struct connection *wanted)
{
	static const char *const lists[] = {"tcp", "tcp6"};
	char path[64], line[512];
	int found = 0;

	for (int i = 0; i < 2 && !found; i++) {
		FILE *f;

		snprintf(path, sizeof(path), "/proc/%u/net/%s", pid, lists[i]);
		f = fopen(path, "re");
		while (f && !found && fgets(line, sizeof(line), f))
			found = parse(c, line) && match(c, wanted);
		if (f)
			fclose(f);
	}
	return found;
}

uint64_t sn_peer_tcp(uint32_t pid, uint64_t inode)
{
	struct connection own, other, wanted = {.inode = inode};

	if (!find(&own, pid, is_same, &wanted) || own.state != ESTABLISHED ||
	    !find(&other, pid, is_other_end, &own))
		return 0;
	return other.inode;
}
