/* SPDX-License-Identifier: Apache-2.0
 *
 * Eight tasks send and receive in all ways on channels of all kinds at once, and close them under
 * each other.  Every element bears its own number: each that was sent must be received exactly
 * once, and none that was not.  SNARL_STRESS_OPERATIONS says how many sends and receives that are
 * done there are in all (default: a million).
 *
 * In every round a task whose share is done closes a channel; the round ends when all are closed.
 * Nobody can starve: whoever waits for ever offers both directions of every open channel. */
#include "peers.h"
#include <stdio.h>

enum {
	TASKS = 8,
	CHANNELS = 6,
	SHARE = 5000,        /* operations of a task in a round, before it closes something */
	NUMBERS = 8 * SHARE, /* elements that a task may send in a round */
	CHECKS = TASKS * NUMBERS,
};

struct element {
	uint32_t number;
	uint32_t complement; /* torn elements show */
};

struct round {
	struct snarl_channel *channels[CHANNELS];
	unsigned char received[CHECKS]; /* how often; atomic */
	unsigned char sent[CHECKS];     /* by its sender alone */
};

struct task {
	pthread_t thread;
	struct round *round;
	uint32_t index, numbers;
	long operations;
	uint64_t random;
	struct snarl_case cases[2 * CHANNELS];
	struct element in, out[CHANNELS];
	int faults;
};

static uint32_t below(struct task *t, uint32_t bound)
{
	t->random = t->random * 6364136223846793005u + 1442695040888963407u;
	return (uint32_t)(t->random >> 33) % bound;
}

/* Numbers the next element to send; not when all numbers are used, nor on a dead channel. */
static int next_element(struct task *t, struct element *e)
{
	if (t->numbers == NUMBERS)
		return 0;
	e->number = t->index * NUMBERS + t->numbers;
	e->complement = ~e->number;
	return 1;
}

static void has_sent(struct task *t, const struct element *e)
{
	t->round->sent[e->number] = 1;
	t->numbers++;
	t->operations++;
}

static void has_received(struct task *t, const struct element *e)
{
	t->operations++;
	if (e->number >= CHECKS || e->complement != ~e->number ||
	    __atomic_fetch_add(&t->round->received[e->number], 1, __ATOMIC_RELAXED))
		t->faults++;
}

/* Both directions of every channel that is still open for this task.  How many are. */
static int offer_all(struct task *t, int may_send)
{
	int open = 0;

	for (uint32_t i = 0; i < CHANNELS; i++) {
		struct snarl_case *receive = &t->cases[2 * i], *send = receive + 1;

		open += receive->channel != NULL;
		receive->value = &t->out[i];
		receive->direction = SNARL_RECEIVE;
		send->value = &t->in;
		send->direction = SNARL_SEND;
		if (!may_send)
			send->channel = NULL;
	}
	return open;
}

static void chosen(struct task *t, int i)
{
	struct snarl_case *c = &t->cases[i];

	if (c->result == -EPIPE) {
		/* A closed channel is sent on no more, and left when it is drained. */
		c->channel = NULL;
		return;
	}
	if (c->result)
		t->faults++;
	else if (c->direction == SNARL_SEND)
		has_sent(t, c->value);
	else
		has_received(t, c->value);
}

static int choose(struct task *t, int way, size_t cases)
{
	switch (way) {
	case 0:
		return snarl_try_select(t->cases, cases);
	case 1:
		return snarl_select_ordered_until(t->cases, cases,
						  snarl_in(SNARL_MICROSECOND * 20));
	case 2:
		return snarl_select_until(t->cases, cases, snarl_in(SNARL_MICROSECOND * 20));
	case 3:
		return snarl_select_ordered(t->cases, cases);
	default:
		return snarl_select(t->cases, cases);
	}
}

/* Returns 0 when no channel is left. */
static int select_once(struct task *t)
{
	int done;

	if (!offer_all(t, next_element(t, &t->in)))
		return 0;
	done = choose(t, (int)below(t, 8), sizeof(t->cases) / sizeof(*t->cases));
	if (done >= 0)
		chosen(t, done);
	else if (done != -EAGAIN && done != -ETIMEDOUT)
		t->faults++;
	return 1;
}

/* A call on one channel, which must not wait for ever. */
static void call_once(struct task *t)
{
	struct snarl_channel *c = t->round->channels[below(t, CHANNELS)];
	int64_t deadline = snarl_in(SNARL_MICROSECOND * 20);
	struct element e;

	switch (below(t, 4)) {
	case 0:
		if (next_element(t, &e) && snarl_try_send(c, &e) == 0)
			has_sent(t, &e);
		return;
	case 1:
		if (next_element(t, &e) && snarl_send_until(c, &e, deadline) == 0)
			has_sent(t, &e);
		return;
	case 2:
		if (snarl_try_receive(c, &e) == 0)
			has_received(t, &e);
		return;
	default:
		if (snarl_receive_until(c, &e, deadline) == 0)
			has_received(t, &e);
	}
}

static void *work(void *argument)
{
	struct task *t = argument;
	int goes_on = 1, closes = 1;

	for (size_t i = 0; i < 2 * CHANNELS; i++)
		t->cases[i].channel = t->round->channels[i / 2];
	while (goes_on) {
		if (below(t, 4))
			goes_on = select_once(t);
		else
			call_once(t);
		if (closes && t->operations >= SHARE) {
			int e = snarl_channel_close(t->round->channels[t->index % CHANNELS]);

			if (e && e != -EALREADY)
				t->faults++;
			closes = 0;
		}
	}
	return NULL;
}

static void sweep(struct task *t)
{
	struct element e;

	for (size_t i = 0; i < CHANNELS; i++)
		while (snarl_try_receive(t->round->channels[i], &e) == 0)
			has_received(t, &e);
}

static void check(const struct round *r)
{
	for (size_t i = 0; i < CHECKS; i++)
		assert_int_equal(r->received[i], r->sent[i]);
	for (size_t i = 0; i < CHANNELS; i++) {
		assert_int_equal(snarl_channel_test_waiters(r->channels[i], SNARL_SEND), 0);
		assert_int_equal(snarl_channel_test_waiters(r->channels[i], SNARL_RECEIVE), 0);
		assert_int_equal(snarl_channel_length(r->channels[i]), 0);
	}
}

/* One round; how many operations were done. */
static long one_round(struct round *r, uint64_t seed)
{
	static const size_t capacities[CHANNELS] = {0, 0, 1, 2, 16, 100};
	struct task tasks[TASKS] = {0};
	long operations = 0;

	memset(r, 0, sizeof(*r));
	for (size_t i = 0; i < CHANNELS; i++)
		r->channels[i] = snarl_channel_new(sizeof(struct element), capacities[i]);
	for (uint32_t i = 0; i < TASKS; i++) {
		tasks[i].round = r;
		tasks[i].index = i;
		tasks[i].random = seed * TASKS + i;
		assert_int_equal(pthread_create(&tasks[i].thread, NULL, work, &tasks[i]), 0);
	}
	for (uint32_t i = 0; i < TASKS; i++)
		pthread_join(tasks[i].thread, NULL);
	sweep(&tasks[0]);
	for (uint32_t i = 0; i < TASKS; i++) {
		assert_int_equal(tasks[i].faults, 0);
		operations += tasks[i].operations;
	}
	check(r);
	for (size_t i = 0; i < CHANNELS; i++)
		snarl_channel_release(r->channels[i]);
	return operations;
}

static void no_element_is_lost_or_duplicated(void **state)
{
	const char *asked = getenv("SNARL_STRESS_OPERATIONS");
	long goal = asked ? atol(asked) : 1000000, done = 0;
	struct round *r = malloc(sizeof(*r));

	(void)state;
	assert_non_null(r);
	assert_true(goal > 0);
	for (uint64_t seed = 1; done < goal; seed++)
		done += one_round(r, seed);
	printf("# %ld operations\n", done);
	free(r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(no_element_is_lost_or_duplicated)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
