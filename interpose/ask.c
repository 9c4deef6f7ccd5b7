/* SPDX-License-Identifier: Apache-2.0
 *
 * See ask.h. Raw system calls: no cancellation point, no errno. */
#include "interpose/ask.h"
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include "base/sys.h"

/* A command that is stopped, or a machine that hardly moves. */
#define PATIENCE_SECONDS 10

static struct sn_run_name command;

void sn_ask_start(const struct sn_run_name *run)
{
	command = *run;
}

/* Somebody else may have the name by now, who is not to get the key. The kernel says who was
 * listening. */
static int is_the_command(long fd)
{
	struct ucred peer = {0};
	unsigned size = sizeof peer;
	return sn_sys(SYS_getsockopt, fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) == 0 &&
	       peer.uid == command.user;
}

static long connect_to(long fd)
{
	struct sockaddr_un address;
	unsigned length = sn_word_address(&command, &address);
	struct timeval patience = {PATIENCE_SECONDS, 0};
	long r;
	sn_sys(SYS_setsockopt, fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
	sn_sys(SYS_setsockopt, fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
	while ((r = sn_sys(SYS_connect, fd, &address, length)) == -EINTR)
		;
	return r == 0 && !is_the_command(fd) ? -EPERM : r;
}

/* The answer; the descriptor that came with it, or -1. */
static long receive(long fd, struct sn_answer *a, int *given)
{
	union {
		struct cmsghdr head;
		char room[CMSG_SPACE(sizeof(int))];
	} control;
	struct iovec part = {a, sizeof *a};
	struct msghdr m = {.msg_iov = &part,
			   .msg_iovlen = 1,
			   .msg_control = &control,
			   .msg_controllen = sizeof control};
	long r;
	*given = -1;
	while ((r = sn_sys(SYS_recvmsg, fd, &m, MSG_CMSG_CLOEXEC)) == -EINTR)
		;
	if (r >= 0 && m.msg_controllen >= sizeof control.head &&
	    control.head.cmsg_level == SOL_SOCKET && control.head.cmsg_type == SCM_RIGHTS &&
	    control.head.cmsg_len == CMSG_LEN(sizeof(int)))
		memcpy(given, CMSG_DATA(&control.head), sizeof *given);
	if (r == sizeof *a)
		return a->error;
	return r < 0 ? r : -EPROTO;
}

static int ask(struct sn_word *w, struct sn_answer *a, int *given)
{
	long r;
	*given = -1;
	if (!command.has_key || sn_sandboxed)
		return -EPERM;
	long fd = sn_sys(SYS_socket, AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return (int)fd;
	w->run = command.number;
	memcpy(w->key, command.key, sizeof w->key);
	r = connect_to(fd);
	if (r == 0)
		while ((r = sn_sys(SYS_sendto, fd, w, sizeof *w, MSG_NOSIGNAL, 0, 0)) == -EINTR)
			;
	if (r == sizeof *w)
		r = receive(fd, a, given);
	sn_sys(SYS_close, fd);
	if (r < 0 && *given >= 0) {
		sn_sys(SYS_close, *given);
		*given = -1;
	}
	return (int)r;
}

int sn_ask_file(char name[SN_WORD_NAME])
{
	struct sn_word w = {.kind = SN_WORD_GIVE};
	struct sn_answer a;
	int given, error = ask(&w, &a, &given);
	if (error)
		return error;
	if (given < 0)
		return -EPROTO;
	a.name[sizeof a.name - 1] = 0;
	memcpy(name, a.name, sizeof a.name);
	return given;
}

int sn_ask_remove(const char *name, uint64_t dev, uint64_t ino)
{
	struct sn_word w = {.kind = SN_WORD_REMOVE, .dev = dev, .ino = ino};
	struct sn_answer a;
	int given;
	size_t length = strlen(name);
	if (length >= sizeof w.name)
		return -EINVAL;
	memcpy(w.name, name, length + 1);
	return ask(&w, &a, &given);
}

static int tell(uint32_t kind)
{
	struct sn_word w = {.kind = kind};
	struct sn_answer a;
	int given;
	return ask(&w, &a, &given);
}

int sn_ask_alone(void)
{
	return tell(SN_WORD_ALONE);
}

int sn_ask_failed(void)
{
	return tell(SN_WORD_FAILED);
}
