/* SPDX-License-Identifier: Apache-2.0
 *
 * Settling, waiting and freeing.  Both settling and freeing may go on from one future to the next;
 * neither recurses, so chains may be long: links that must react are queued for the thread, and the
 * outermost settling works the queue off; dead futures are put on a list. */
#include "channel/future.h"
#include "channel/memory.h"
#include "channel/wait.h"

/* Links whose sources are settled and that are still to react.  A thread that is to wait for a
 * future works them off first, since it could wait for what they do. */
static __thread struct {
	struct sn_link *first;
	struct sn_link *last;
	int at_work;
} due __attribute__((tls_model("initial-exec")));

struct snarl_future *sn_future_new(size_t count, void (*destroy)(void *))
{
	struct snarl_future *f;
	size_t bytes;

	if (__builtin_mul_overflow(count, sizeof(struct sn_link), &bytes) ||
	    __builtin_add_overflow(bytes, sizeof(*f), &bytes)) {
		errno = ENOMEM;
		return NULL;
	}
	f = sn_zeroed(1, bytes);
	if (!f)
		return NULL;
	f->references = 1;
	f->destroy = destroy;
	f->index = -1;
	f->pending = f->count = count;
	return f;
}

/* Frees f and puts those of its sources that die with it in front of the dead. */
static struct snarl_future *bury(struct snarl_future *f, struct snarl_future *dead)
{
	if (f->destroy && f->settled && !f->error)
		f->destroy(f->value);
	for (size_t i = 0; i < f->count; i++) {
		struct snarl_future *source = f->links[i].source;
		if (!sn_unrefer(&source->references))
			continue;
		source->dead = dead;
		dead = source;
	}
	sn_free(f);
	return dead;
}

void sn_future_release(struct snarl_future *f)
{
	struct snarl_future *dead;

	if (!f || !sn_unrefer(&f->references))
		return;
	f->dead = NULL;
	for (dead = f; dead;) {
		struct snarl_future *next = dead->dead;
		dead = bury(dead, next);
	}
}

static void append(struct sn_link **first, struct sn_link **last, struct sn_link *link)
{
	link->next = NULL;
	if (*first)
		(*last)->next = link;
	else
		*first = link;
	*last = link;
}

static void work_off(void)
{
	struct sn_link *link;

	due.at_work++;
	while ((link = due.first)) {
		struct snarl_future *target = link->target;
		due.first = link->next;
		target->react(link);
		sn_future_release(target);
	}
	due.at_work--;
}

/* Unless this thread is at it further up its stack. */
static void react_to(struct sn_link *links)
{
	while (links) {
		struct sn_link *next = links->next;
		append(&due.first, &due.last, links);
		links = next;
	}
	if (!due.at_work)
		work_off();
}

int sn_future_settle(struct snarl_future *f, int error, void *value)
{
	struct sn_node *waiters;
	struct sn_link *links;

	sn_mutex_take(&f->lock);
	if (f->settled) {
		sn_mutex_give(&f->lock);
		return -EALREADY;
	}
	f->settled = 1;
	f->error = error;
	f->value = error ? NULL : value;
	waiters = sn_queue_claim_all(&f->waiters, error);
	links = f->first;
	f->first = f->last = NULL;
	sn_mutex_give(&f->lock);
	sn_unpark_all(waiters);
	react_to(links);
	return 0;
}

void sn_future_follow(struct sn_link *link)
{
	struct snarl_future *source = link->source;
	int settled;

	link->next = NULL;
	sn_mutex_take(&source->lock);
	settled = source->settled;
	if (!settled)
		append(&source->first, &source->last, link);
	sn_mutex_give(&source->lock);
	if (settled)
		react_to(link);
}

int sn_future_get(struct snarl_future *f, void **value, int64_t deadline,
		  struct snarl_context *context)
{
	struct sn_node node = {0};
	int e;

	if (!f)
		return -EINVAL;
	if (due.first && deadline != SN_TRY)
		work_off();
	sn_mutex_take(&f->lock);
	if (f->settled) {
		e = f->error;
		sn_mutex_give(&f->lock);
	} else {
		e = sn_wait_in(&f->lock, &f->waiters, &node, deadline, context);
	}
	if (!e && value)
		*value = f->value;
	return e;
}

SN_FORMS(snarl_future_get, snarl_future_try_get, snarl_future_get_until, snarl_future_get_with,
	 sn_future_get, (struct snarl_future * future, void **value), (future, value))

int sn_future_is_settled(struct snarl_future *f)
{
	int settled;

	if (!f)
		return -EINVAL;
	sn_mutex_take(&f->lock);
	settled = f->settled;
	sn_mutex_give(&f->lock);
	return settled;
}

struct snarl_future *sn_future_retain(struct snarl_future *f)
{
	if (f)
		sn_refer(&f->references);
	return f;
}

int snarl_future_is_settled(struct snarl_future *future)
{
	return sn_future_is_settled(future);
}

struct snarl_future *snarl_future_retain(struct snarl_future *future)
{
	return sn_future_retain(future);
}

void snarl_future_release(struct snarl_future *future)
{
	sn_future_release(future);
}
