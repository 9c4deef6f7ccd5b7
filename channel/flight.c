/* SPDX-License-Identifier: Apache-2.0
 *
 * Single flight.  One lock guards the table of calls under way and the queues of those who wait for
 * them.  A call is its runner's: nobody else touches it once the runner has taken the waiters off,
 * and a node that is off no longer leads to it. */
#include <string.h>
#include "channel/memory.h"
#include "channel/wait.h"
#include "include/snarl_channel/future.h"

#define BUCKETS 64 /* calls under way are few; they hash to short chains */

struct call {
	struct call *next;
	struct call **link; /* what points to it; NULL when it was forgotten */
	struct sn_parker *runner;
	struct sn_queue waiters; /* node->slot: a void *, where the value goes */
	size_t length;
	unsigned char key[];
};

struct snarl_flight {
	uint32_t references;
	struct sn_mutex lock;
	void (*share)(void *value);
	struct call *calls[BUCKETS];
};

struct request {
	const void *key;
	size_t length;
	int (*function)(void *argument, void **value);
	void *argument;
};

/* FNV-1a. */
static struct call **bucket(struct snarl_flight *f, const void *key, size_t length)
{
	uint64_t hash = 14695981039346656037u;

	for (size_t i = 0; i < length; i++)
		hash = (hash ^ ((const unsigned char *)key)[i]) * 1099511628211u;
	return &f->calls[(hash ^ hash >> 32) % BUCKETS];
}

static struct call *find(struct snarl_flight *f, const void *key, size_t length)
{
	for (struct call *c = *bucket(f, key, length); c; c = c->next)
		if (c->length == length && !memcmp(c->key, key, length))
			return c;
	return NULL;
}

static void insert(struct snarl_flight *f, struct call *c)
{
	c->link = bucket(f, c->key, c->length);
	c->next = *c->link;
	if (c->next)
		c->next->link = &c->next;
	*c->link = c;
}

static void unlink_call(struct call *c)
{
	if (!c->link)
		return;
	*c->link = c->next;
	if (c->next)
		c->next->link = c->link;
	c->link = NULL;
}

static struct call *make_call(const struct request *r)
{
	struct call *c;

	if (r->length > SIZE_MAX - sizeof(*c))
		return NULL;
	c = sn_allocate(sizeof(*c) + r->length);
	if (!c)
		return NULL;
	*c = (struct call){.runner = sn_parker_self(), .length = r->length};
	if (r->length)
		memcpy(c->key, r->key, r->length);
	return c;
}

/* The waiters are claimed, so they stay while each gets its share without the lock. */
static void share_out(const struct snarl_flight *f, struct sn_node *waiters, int e, void *value)
{
	for (struct sn_node *n = waiters; n && !e; n = n->next) {
		if (f->share)
			f->share(value);
		*(void **)n->slot = value;
	}
	sn_unpark_all(waiters);
}

static int run(struct snarl_flight *f, struct call *c, const struct request *r, void **value)
{
	struct sn_node *waiters;
	int e = r->function(r->argument, value);

	sn_mutex_take(&f->lock);
	unlink_call(c);
	waiters = sn_queue_claim_all(&c->waiters, e);
	sn_mutex_give(&f->lock);
	sn_free(c);
	share_out(f, waiters, e, *value);
	return e;
}

/* With the lock held, which is given back. */
static int join(struct snarl_flight *f, struct call *c, void **value, int64_t deadline,
		struct snarl_context *context)
{
	struct sn_node node = {.slot = value};

	if (c->runner != sn_parker_self())
		return sn_wait_in(&f->lock, &c->waiters, &node, deadline, context);
	sn_mutex_give(&f->lock);
	return -EDEADLK;
}

/* No memory is had under the lock, so a second look is needed after it was. */
static int run_or_join(struct snarl_flight *f, const struct request *r, void **value,
		       int64_t deadline, struct snarl_context *context)
{
	struct call *c, *mine;

	sn_mutex_take(&f->lock);
	c = find(f, r->key, r->length);
	if (c)
		return join(f, c, value, deadline, context);
	sn_mutex_give(&f->lock);
	mine = make_call(r);
	if (!mine)
		return -ENOMEM;
	sn_mutex_take(&f->lock);
	c = find(f, r->key, r->length);
	if (c) {
		int e = join(f, c, value, deadline, context);
		sn_free(mine);
		return e;
	}
	insert(f, mine);
	sn_mutex_give(&f->lock);
	return run(f, mine, r, value);
}

static int flight_do(struct snarl_flight *f, const void *key, size_t length,
		     int (*function)(void *, void **), void *argument, void **value,
		     int64_t deadline, struct snarl_context *context)
{
	struct request r = {key, length, function, argument};
	void *got = NULL;
	int e;

	if (!f || !function || (length && !key))
		return -EINVAL;
	e = run_or_join(f, &r, &got, deadline, context);
	if (!e && value)
		*value = got;
	return e;
}

SN_FORMS(snarl_flight_do, snarl_flight_try_do, snarl_flight_do_until, snarl_flight_do_with,
	 flight_do,
	 (struct snarl_flight * flight, const void *key, size_t length,
	  int (*function)(void *, void **), void *argument, void **value),
	 (flight, key, length, function, argument, value))

int snarl_flight_forget(struct snarl_flight *flight, const void *key, size_t length)
{
	struct call *c;

	if (!flight || (length && !key))
		return -EINVAL;
	sn_mutex_take(&flight->lock);
	c = find(flight, key, length);
	if (c)
		unlink_call(c);
	sn_mutex_give(&flight->lock);
	return c ? 0 : -ENOENT;
}

struct snarl_flight *snarl_flight_new(void (*share)(void *))
{
	struct snarl_flight *f = sn_zeroed(1, sizeof(*f));

	if (!f)
		return NULL;
	f->references = 1;
	f->share = share;
	return f;
}

SN_COUNTED(snarl_flight)
