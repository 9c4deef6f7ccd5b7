/* SPDX-License-Identifier: Apache-2.0
 *
 * Answers the processes of the run that cannot use its directory themselves (base/word.h).  A
 * thread of its own, so that none of them waits while we look into another.  Who has the key is a
 * process of the run, and may do no more than it could have done itself before it gave its rights
 * away: it gets a new file under its own number, and only that file is removed for it. */
#include "cli/run.h"
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#define WAITING_MOST 64 /* who connect and say nothing: the oldest goes for a new one */
#define IMAGES_MOST 10000

enum { LISTENER, STOP, WAITING };

struct give {
	const struct run *run;
	pthread_t thread;
	int runs;
	unsigned alone, failed;
	nfds_t count;
	struct pollfd all[WAITING + WAITING_MOST];
};

static int give_file(const struct give *g, pid_t pid, struct sn_answer *a)
{
	int fd = -EEXIST;

	for (int i = 0; i < IMAGES_MOST && fd == -EEXIST; i++) {
		if (i)
			snprintf(a->name, sizeof(a->name), "%ld.%d.snarl", (long)pid, i);
		else
			snprintf(a->name, sizeof(a->name), "%ld.snarl", (long)pid);
		fd = openat(g->run->folder, a->name,
			    O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
		if (fd < 0)
			fd = -errno;
	}
	return fd;
}

/* PID.snarl or PID.IMAGE.snarl. */
static int is_name_of(const char *name, pid_t pid)
{
	char *end;

	if (name[0] < '1' || name[0] > '9' || strtol(name, &end, 10) != (long)pid)
		return 0;
	if (end[0] == '.' && end[1] >= '0' && end[1] <= '9')
		strtol(end + 1, &end, 10);
	return !strcmp(end, ".snarl");
}

static int remove_file(const struct give *g, pid_t pid, const struct sn_word *w)
{
	struct stat st;

	if (!memchr(w->name, 0, sizeof(w->name)) || !is_name_of(w->name, pid))
		return -EPERM;
	if (fstatat(g->run->folder, w->name, &st, AT_SYMLINK_NOFOLLOW))
		return -errno;
	if (!S_ISREG(st.st_mode) || st.st_dev != w->dev || st.st_ino != w->ino)
		return -EPERM;
	return unlinkat(g->run->folder, w->name, 0) ? -errno : 0;
}

/* Returns a descriptor to go with the answer, or -1. */
static int act(struct give *g, pid_t pid, const struct sn_word *w, struct sn_answer *a)
{
	int fd = -1;

	switch (w->kind) {
	case SN_WORD_GIVE:
		fd = give_file(g, pid, a);
		a->error = fd < 0 ? fd : 0;
		break;
	case SN_WORD_REMOVE:
		a->error = remove_file(g, pid, w);
		break;
	case SN_WORD_ALONE:
		__atomic_fetch_add(&g->alone, 1, __ATOMIC_RELAXED);
		break;
	case SN_WORD_FAILED:
		__atomic_fetch_add(&g->failed, 1, __ATOMIC_RELAXED);
		break;
	default:
		a->error = -EINVAL;
	}
	return fd;
}

static void answer(int to, const struct sn_answer *a, int fd)
{
	union {
		struct cmsghdr head;
		char room[CMSG_SPACE(sizeof(int))];
	} control = {.head = {.cmsg_len = CMSG_LEN(sizeof(int)),
			      .cmsg_level = SOL_SOCKET,
			      .cmsg_type = SCM_RIGHTS}};
	struct iovec part = {(void *)a, sizeof(*a)};
	struct msghdr m = {.msg_iov = &part, .msg_iovlen = 1};

	if (fd >= 0) {
		memcpy(CMSG_DATA(&control.head), &fd, sizeof(fd));
		m.msg_control = &control;
		m.msg_controllen = sizeof(control);
	}
	sendmsg(to, &m, MSG_NOSIGNAL | MSG_DONTWAIT);
}

static int knows_key(const struct give *g, const struct sn_word *w)
{
	const struct sn_run_name *n = &g->run->name;
	unsigned differ = w->run ^ n->number;

	for (size_t i = 0; i < SN_WORD_KEY; i++)
		differ |= (unsigned)(w->key[i] ^ n->key[i]);
	return !differ;
}

static void hear(struct give *g, int from)
{
	struct sn_word w;
	struct sn_answer a;
	struct ucred peer = {0};
	socklen_t size = sizeof(peer);
	int fd;

	memset(&a, 0, sizeof(a));
	if (recv(from, &w, sizeof(w), MSG_DONTWAIT | MSG_TRUNC) != (ssize_t)sizeof(w) ||
	    !knows_key(g, &w) || getsockopt(from, SOL_SOCKET, SO_PEERCRED, &peer, &size) ||
	    peer.pid <= 0)
		return;
	fd = act(g, peer.pid, &w, &a);
	answer(from, &a, fd);
	if (fd >= 0)
		close(fd);
}

static void forget(struct give *g, nfds_t i)
{
	close(g->all[i].fd);
	memmove(&g->all[i], &g->all[i + 1], (size_t)(g->count - i - 1) * sizeof(g->all[0]));
	g->count--;
}

static void let_in(struct give *g)
{
	int fd = accept4(g->all[LISTENER].fd, NULL, NULL, SOCK_CLOEXEC);

	if (fd < 0) {
		/* Out of descriptors: who is waiting has had its time. */
		if (g->count > WAITING)
			forget(g, WAITING);
		poll(NULL, 0, 10);
		return;
	}
	if (g->count == WAITING + WAITING_MOST)
		forget(g, WAITING);
	g->all[g->count++] = (struct pollfd){.fd = fd, .events = POLLIN};
}

static void *serve(void *p)
{
	struct give *g = p;

	while (!g->all[STOP].revents) {
		if (poll(g->all, g->count, -1) < 0)
			continue;
		for (nfds_t i = g->count; i-- > WAITING;)
			if (g->all[i].revents) {
				hear(g, g->all[i].fd);
				forget(g, i);
			}
		if (g->all[LISTENER].revents)
			let_in(g);
	}
	return NULL;
}

/* The address can only be had by who knows the number, until it is bound. */
static int listen_at(const struct sn_run_name *n)
{
	struct sockaddr_un address;
	unsigned length = sn_word_address(n, &address);
	int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return -1;
	if (!bind(fd, (struct sockaddr *)&address, length) && !listen(fd, SOMAXCONN))
		return fd;
	close(fd);
	return -1;
}

struct give *give_new(struct run *run)
{
	struct give *g = calloc(1, sizeof(*g));
	struct sn_run_name *n = &run->name;

	if (!g)
		return NULL;
	g->run = run;
	g->count = WAITING;
	g->all[LISTENER] = (struct pollfd){.fd = -1, .events = POLLIN};
	g->all[STOP] = (struct pollfd){.fd = eventfd(0, EFD_CLOEXEC), .events = POLLIN};
	if (getrandom(n->key, sizeof(n->key), 0) == sizeof(n->key) && g->all[STOP].fd >= 0)
		g->all[LISTENER].fd = listen_at(n);
	n->user = geteuid();
	n->has_key = g->all[LISTENER].fd >= 0;
	if (n->has_key)
		return g;
	give_free(g);
	return NULL;
}

void give_start(struct give *g)
{
	sigset_t all, before;

	if (!g)
		return;
	/* Signals are the watching thread's. */
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	g->runs = !pthread_create(&g->thread, NULL, serve, g);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	/* Who asks is refused at once rather than left waiting. */
	if (!g->runs)
		shutdown(g->all[LISTENER].fd, SHUT_RDWR);
}

unsigned give_alone(const struct give *g)
{
	return g ? __atomic_load_n(&g->alone, __ATOMIC_RELAXED) : 0;
}

unsigned give_failed(const struct give *g)
{
	return g ? __atomic_load_n(&g->failed, __ATOMIC_RELAXED) : 0;
}

void give_free(struct give *g)
{
	if (!g)
		return;
	if (g->runs) {
		eventfd_write(g->all[STOP].fd, 1);
		pthread_join(g->thread, NULL);
	}
	for (nfds_t i = 0; i < g->count; i++)
		if (g->all[i].fd >= 0)
			close(g->all[i].fd);
	free(g);
}
