/* SPDX-License-Identifier: Apache-2.0
 *
 *	channel handoff|stream|crowd|pair|select2|select8 library|mutex [--pin] [--count N]
 *
 * One measurement of the channel library, or of the queue that C programs build of a mutex and two
 * conditions; prints nanoseconds per operation.  bench/channel.sh runs them in turns and divides.
 *   handoff   two threads, an unbuffered channel each way; an operation is one element handed over
 *   stream    one sender, one receiver, 128 elements of buffer
 *   crowd     four senders, four receivers, 128 elements of buffer
 *   pair      one thread, a send and its receive on a buffered channel: nobody waits
 *   selectN   one thread, select over N channels that are all ready (library only)
 * Those of one thread are told in its processor time, the others in time that passes.
 * With --pin each of the two threads of handoff and stream has a core of its own; --count is the
 * number of operations. */
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <snarl_channel.h>

#define BUFFER 128

/* The comparison: what a C program writes when it needs such a queue.  Capacity 0 is a rendezvous:
 * the sender waits until its element has been taken. */
struct queue {
	pthread_mutex_t mutex;
	pthread_cond_t filled, emptied;
	size_t capacity, head, count, taken, sent;
	int closed;
	long elements[BUFFER];
};

static struct queue *queue_new(size_t capacity)
{
	struct queue *q = calloc(1, sizeof(*q));

	if (!q)
		abort();
	pthread_mutex_init(&q->mutex, NULL);
	pthread_cond_init(&q->filled, NULL);
	pthread_cond_init(&q->emptied, NULL);
	q->capacity = capacity;
	return q;
}

static void queue_send(struct queue *q, long value)
{
	size_t room = q->capacity ? q->capacity : 1, mine;

	pthread_mutex_lock(&q->mutex);
	while (q->count == room)
		pthread_cond_wait(&q->emptied, &q->mutex);
	q->elements[(q->head + q->count++) % room] = value;
	mine = ++q->sent;
	pthread_cond_signal(&q->filled);
	while (!q->capacity && q->taken < mine)
		pthread_cond_wait(&q->emptied, &q->mutex);
	pthread_mutex_unlock(&q->mutex);
}

static int queue_receive(struct queue *q, long *value)
{
	size_t room = q->capacity ? q->capacity : 1;

	pthread_mutex_lock(&q->mutex);
	while (!q->count && !q->closed)
		pthread_cond_wait(&q->filled, &q->mutex);
	if (!q->count) {
		pthread_mutex_unlock(&q->mutex);
		return -1;
	}
	*value = q->elements[q->head];
	q->head = (q->head + 1) % room;
	q->count--;
	q->taken++;
	pthread_cond_signal(&q->emptied);
	pthread_mutex_unlock(&q->mutex);
	return 0;
}

static void queue_close(struct queue *q)
{
	pthread_mutex_lock(&q->mutex);
	q->closed = 1;
	pthread_cond_broadcast(&q->filled);
	pthread_mutex_unlock(&q->mutex);
}

/* Both under one interface, so that the loops around them are the same. */
struct pipe {
	struct snarl_channel *channel;
	struct queue *queue;
};

static struct pipe pipe_new(int library, size_t capacity)
{
	struct pipe p = {NULL, NULL};

	if (library)
		p.channel = snarl_channel_new(sizeof(long), capacity);
	else
		p.queue = queue_new(capacity);
	return p;
}

static void put(const struct pipe *p, long value)
{
	if (p->channel)
		snarl_send(p->channel, &value);
	else
		queue_send(p->queue, value);
}

static int get(const struct pipe *p, long *value)
{
	return p->channel ? snarl_receive(p->channel, value) : queue_receive(p->queue, value);
}

static void finish(const struct pipe *p)
{
	if (p->channel)
		snarl_channel_close(p->channel);
	else
		queue_close(p->queue);
}

struct worker {
	pthread_t thread;
	struct pipe in, out;
	long operations, sum;
	int cpu; /* to run on; -1 any */
};

static void pin(int cpu)
{
	cpu_set_t set;

	if (cpu < 0)
		return;
	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	pthread_setaffinity_np(pthread_self(), sizeof(set), &set);
}

static void *echo(void *argument)
{
	struct worker *w = argument;
	long value;

	pin(w->cpu);
	while (get(&w->in, &value) == 0)
		put(&w->out, value);
	return NULL;
}

static void *produce(void *argument)
{
	struct worker *w = argument;

	pin(w->cpu);
	for (long i = 0; i < w->operations; i++)
		put(&w->out, i);
	return NULL;
}

static void *consume(void *argument)
{
	struct worker *w = argument;
	long value;

	pin(w->cpu);
	while (get(&w->in, &value) == 0)
		w->sum += value;
	return NULL;
}

static void start(struct worker *w, void *(*body)(void *))
{
	if (pthread_create(&w->thread, NULL, body, w))
		abort();
}

static double since(int64_t from, long operations)
{
	return (double)(snarl_now() - from) / (double)operations;
}

/* Operations to do; 0: as many as suit the measurement. */
static long asked;

static long operations(long usual)
{
	return asked ? asked : usual;
}

static double handoff(int library, int pinned)
{
	long rounds = operations(library ? 200000 : 20000), value = 0;
	struct pipe there = pipe_new(library, 0), back = pipe_new(library, 0);
	struct worker w = {.in = there, .out = back, .cpu = pinned ? 1 : -1};
	int64_t from = 0;
	double cost;

	pin(pinned ? 0 : -1);
	start(&w, echo);
	for (long i = -1000; i < rounds; i++) {
		if (i == 0)
			from = snarl_now();
		put(&there, i);
		get(&back, &value);
		if (value != i)
			abort();
	}
	cost = since(from, 2 * rounds);
	finish(&there);
	pthread_join(w.thread, NULL);
	return cost;
}

static double flow(int library, int pinned, int sides)
{
	long each = operations(1000000) / sides, expected = (each - 1) * each / 2 * sides, sum = 0;
	struct pipe p = pipe_new(library, BUFFER);
	struct worker w[8] = {0};
	int64_t from = snarl_now();
	double cost;

	for (int i = 0; i < 2 * sides; i++) {
		w[i] = (struct worker){
			.in = p, .out = p, .operations = each, .cpu = pinned ? i : -1};
		start(&w[i], i < sides ? produce : consume);
	}
	for (int i = 0; i < sides; i++)
		pthread_join(w[i].thread, NULL);
	finish(&p);
	for (int i = sides; i < 2 * sides; i++) {
		pthread_join(w[i].thread, NULL);
		sum += w[i].sum;
	}
	cost = since(from, each * sides);
	if (sum != expected)
		abort();
	return cost;
}

/* Processor time of this thread: what is left to a measurement that shares its machine. */
static int64_t worked(void)
{
	struct timespec t;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	return t.tv_sec * SNARL_SECOND + t.tv_nsec;
}

static double choose(int count)
{
	struct snarl_case cases[8];
	long rounds = operations(1000000), value = 0;
	int64_t from;

	for (int i = 0; i < count; i++) {
		cases[i] = (struct snarl_case){snarl_channel_new(sizeof(long), 1), &value,
					       SNARL_RECEIVE, 0};
		snarl_send(cases[i].channel, &value);
	}
	from = worked();
	for (long i = 0; i < rounds; i++) {
		int done = snarl_select(cases, (size_t)count);
		/* What was received goes back, so that all are always ready. */
		snarl_send(cases[done].channel, &value);
	}
	return (double)(worked() - from) / (double)rounds;
}

static double pair(int library)
{
	struct pipe p = pipe_new(library, BUFFER);
	long rounds = operations(2000000), value = 0;
	int64_t from = worked();

	for (long i = 0; i < rounds; i++) {
		put(&p, i);
		get(&p, &value);
	}
	return (double)(worked() - from) / (double)rounds;
}

static double measure(const char *what, int library, int pinned)
{
	if (!strcmp(what, "handoff"))
		return handoff(library, pinned);
	if (!strcmp(what, "stream"))
		return flow(library, pinned, 1);
	if (!strcmp(what, "crowd"))
		return flow(library, 0, 4);
	if (!strcmp(what, "pair"))
		return pair(library);
	if (!strncmp(what, "select", 6) && (what[6] == '2' || what[6] == '8'))
		return choose(what[6] - '0');
	fprintf(stderr, "channel: no measurement %s\n", what);
	exit(2);
}

int main(int argc, char **argv)
{
	int pinned = 0;

	if (argc < 3) {
		fprintf(stderr, "usage: channel handoff|stream|crowd|pair|select2|select8 "
				"library|mutex [--pin] [--count N]\n");
		return 2;
	}
	for (int i = 3; i < argc; i++) {
		if (!strcmp(argv[i], "--pin"))
			pinned = 1;
		else if (!strcmp(argv[i], "--count") && i + 1 < argc)
			asked = atol(argv[++i]);
	}
	printf("%.1f\n", measure(argv[1], !strcmp(argv[2], "library"), pinned));
	return 0;
}
