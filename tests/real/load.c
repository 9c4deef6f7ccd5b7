/* SPDX-License-Identifier: Apache-2.0
 *
 * A bounded load for memcached's text protocol:
 *	load PORT THREADS CONNECTIONS ROUNDS
 * Each thread opens its own connections to 127.0.0.1 and goes round them; each round sets a key,
 * reads it back, counts, reads several at once, and deletes, and checks every answer.  What it
 * prints depends on its arguments only, so that two servers can be compared by it.  Status 1 when
 * an answer was wrong, 2 when the server could not be reached. */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define VALUE_SIZE 200

struct connection {
	int fd;
	size_t have;
	char buffer[4096];
};

struct worker {
	pthread_t thread;
	int number;
	int port;
	int connections;
	int rounds;
	long requests;
	long errors;
};

static int dial(int port)
{
	struct sockaddr_in to = {
		.sin_family = AF_INET,
		.sin_port = htons((uint16_t)port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	int on = 1;
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return -1;
	if (connect(fd, (struct sockaddr *)&to, sizeof to)) {
		close(fd);
		return -1;
	}
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
	return fd;
}

static int send_all(struct connection *c, const char *text, size_t size)
{
	while (size) {
		ssize_t n = send(c->fd, text, size, MSG_NOSIGNAL);
		if (n <= 0)
			return -1;
		text += n;
		size -= (size_t)n;
	}
	return 0;
}

/* Reads exactly as many bytes as `expected` has, and compares. */
static int expect(struct connection *c, const char *expected)
{
	size_t size = strlen(expected);
	int same;

	while (c->have < size) {
		ssize_t n = recv(c->fd, c->buffer + c->have, sizeof c->buffer - c->have, 0);
		if (n <= 0)
			return -1;
		c->have += (size_t)n;
	}
	same = !memcmp(c->buffer, expected, size);
	memmove(c->buffer, c->buffer + size, c->have - size);
	c->have -= size;
	return same ? 0 : -1;
}

static void ask(struct worker *w, struct connection *c, const char *request, const char *answer)
{
	w->requests++;
	if (send_all(c, request, strlen(request)) || expect(c, answer))
		w->errors++;
}

static void one_round(struct worker *w, struct connection *c, int round)
{
	char value[VALUE_SIZE + 1];
	char request[1024];
	char answer[1024];
	char key[64];

	memset(value, 'a' + round % 26, VALUE_SIZE);
	value[VALUE_SIZE] = 0;
	snprintf(key, sizeof key, "key-%d-%d", w->number, round % 512);

	snprintf(request, sizeof request, "set %s 0 0 %d\r\n%s\r\n", key, VALUE_SIZE, value);
	ask(w, c, request, "STORED\r\n");
	snprintf(request, sizeof request, "get %s\r\n", key);
	snprintf(answer, sizeof answer, "VALUE %s 0 %d\r\n%s\r\nEND\r\n", key, VALUE_SIZE, value);
	ask(w, c, request, answer);
	snprintf(request, sizeof request, "get nothing-%d %s\r\n", round, key);
	ask(w, c, request, answer);
	snprintf(request, sizeof request, "incr count-%d 1\r\n", w->number);
	snprintf(answer, sizeof answer, "%d\r\n", round + 1);
	ask(w, c, request, answer);
	if (round % 3 == 0) {
		snprintf(request, sizeof request, "delete %s\r\n", key);
		ask(w, c, request, "DELETED\r\n");
	}
}

static void *work(void *argument)
{
	struct worker *w = argument;
	struct connection *c = calloc((size_t)w->connections, sizeof *c);
	char request[64];
	int i;

	if (!c) {
		w->errors++;
		return NULL;
	}
	for (i = 0; i < w->connections; i++) {
		c[i].fd = dial(w->port);
		w->errors += c[i].fd < 0;
	}
	snprintf(request, sizeof request, "set count-%d 0 0 1\r\n0\r\n", w->number);
	ask(w, &c[0], request, "STORED\r\n");
	for (i = 0; i < w->rounds && !w->errors; i++)
		one_round(w, &c[i % w->connections], i);
	for (i = 0; i < w->connections; i++) {
		if (c[i].fd >= 0)
			close(c[i].fd);
	}
	free(c);
	return NULL;
}

int main(int argc, char **argv)
{
	struct worker w[64] = {0};
	long requests = 0, errors = 0;
	int threads, fd, i;

	if (argc != 5) {
		fprintf(stderr, "usage: load PORT THREADS CONNECTIONS ROUNDS\n");
		return 2;
	}
	fd = dial(atoi(argv[1]));
	if (fd < 0)
		return 2;
	close(fd);
	threads = atoi(argv[2]);
	if (threads < 1 || threads > 64 || atoi(argv[3]) < 1)
		return 2;
	for (i = 0; i < threads; i++) {
		w[i].number = i;
		w[i].port = atoi(argv[1]);
		w[i].connections = atoi(argv[3]);
		w[i].rounds = atoi(argv[4]);
		if (pthread_create(&w[i].thread, NULL, work, &w[i]))
			return 2;
	}
	for (i = 0; i < threads; i++) {
		pthread_join(w[i].thread, NULL);
		requests += w[i].requests;
		errors += w[i].errors;
	}
	printf("%ld requests, %ld errors\n", requests, errors);
	return errors != 0;
}
