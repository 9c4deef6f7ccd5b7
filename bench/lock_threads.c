/* SPDX-License-Identifier: Apache-2.0
 *
 * Cases of the micro-benchmark with several threads at work. */
#include <pthread.h>
#include <stdlib.h>
#include "bench/lock.h"

#define CROWD 64
#define CROWD_LOCKS 16

struct seat {
	pthread_mutex_t mutex;
	long visits;
} __attribute__((aligned(64)));

/* Threads that are made once and work in each loop, so that their creation is not measured. */
struct team {
	int members; /* the caller is one of them */
	int locks;   /* each takes these in turn */
	pthread_barrier_t start, end;
	struct seat seats[CROWD_LOCKS];
	long count; /* operations of each member */
	int there;
};

static struct team pair = {.members = 2, .locks = 1};
static struct team crowd = {.members = CROWD, .locks = CROWD_LOCKS};

static void take_turns(struct team *t)
{
	int next = 0;

	pthread_barrier_wait(&t->start);
	for (long i = 0; i < t->count; i++) {
		struct seat *seat = &t->seats[next];

		pthread_mutex_lock(&seat->mutex);
		seat->visits++;
		pthread_mutex_unlock(&seat->mutex);
		next = next + 1 < t->locks ? next + 1 : 0;
	}
	pthread_barrier_wait(&t->end);
}

static void *member(void *team)
{
	for (;;)
		take_turns(team);
	return NULL;
}

static void gather(struct team *t)
{
	pthread_t other;

	t->there = 1;
	pthread_barrier_init(&t->start, NULL, (unsigned)t->members);
	pthread_barrier_init(&t->end, NULL, (unsigned)t->members);
	for (int i = 0; i < t->locks; i++)
		pthread_mutex_init(&t->seats[i].mutex, NULL);
	for (int i = 1; i < t->members; i++) {
		if (pthread_create(&other, NULL, member, t))
			abort();
	}
}

/* Divides `count` among the members. */
static void team_up(struct team *t, long count)
{
	if (!t->there)
		gather(t);
	t->count = (count + t->members - 1) / t->members;
	take_turns(t);
}

static void contended_2(long count)
{
	team_up(&pair, count);
}

static void crowd_64(long count)
{
	team_up(&crowd, count);
}

static void *nothing(void *argument)
{
	return argument;
}

static void create_join(long count)
{
	while (count--) {
		pthread_t t;

		if (pthread_create(&t, NULL, nothing, NULL))
			abort();
		pthread_join(t, NULL);
	}
}

/* Two threads hand a turn back and forth. */
struct table {
	pthread_mutex_t mutex;
	pthread_cond_t cond;
	long rounds;
	int turn;
};

static void play(struct table *t, int me)
{
	for (long i = 0; i < t->rounds; i++) {
		pthread_mutex_lock(&t->mutex);
		while (t->turn != me)
			pthread_cond_wait(&t->cond, &t->mutex);
		t->turn = !me;
		pthread_cond_signal(&t->cond);
		pthread_mutex_unlock(&t->mutex);
	}
}

static void *play_second(void *table)
{
	play(table, 1);
	return NULL;
}

static void ping_pong(long count)
{
	struct table t = {PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, count, 0};
	pthread_t other;

	if (pthread_create(&other, NULL, play_second, &t))
		abort();
	play(&t, 0);
	pthread_join(other, NULL);
}

const struct lock_case lock_threads[] = {
	{"contended-2", 8, contended_2},
	{"threads-64", 8, crowd_64},
	{"ping-pong", 8, ping_pong},
	{"create-join", 8, create_join},
	{0},
};
