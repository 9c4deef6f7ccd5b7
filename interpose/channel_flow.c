/* SPDX-License-Identifier: Apache-2.0
 *
 * What moves work: pools, pipelines, batchers, actors and subscriptions.  Their own tasks are the
 * library's: what one of those waits for in its loop is not published and is the cause of nothing;
 * what the program's function waits for that it calls is, like any other thread's. */
#include "interpose/channel.h"

static inline struct sn_sync_rec *use(struct sn_self *self, void *handle, uint32_t type, int gives,
				      struct sn_site site)
{
	struct sn_sync_rec *sync = handle ? sn_channel_object(self, handle, type, site) : NULL;
	if (sync)
		sn_channel_used(self, sync, gives ? &sync->heard : &sync->unheard, site);
	return sync;
}

SN_EXPORT struct snarl_pool *snarl_pool_new(const char *name, unsigned workers, size_t capacity,
					    enum snarl_when_full full, struct snarl_context *parent)
{
	struct sn_site site = SN_SITE;
	struct sn_self *self = sn_self_get(site.cfa);
	struct snarl_pool *pool =
		sn_channel_real(snarl_pool_new)(name, workers, capacity, full, parent);
	struct sn_sync_rec *sync = sn_channel_made(self, pool, SN_LOCK_POOL, site);
	if (sync && full != SNARL_FULL_BLOCK)
		sync->flags |= SN_SYNC_REJECTS;
	return pool;
}

/* A full pool that does not make its callers wait answers -EAGAIN too. */
SN_CHANNEL_FORMS(snarl_pool_submit, snarl_pool_try_submit, snarl_pool_submit_until,
		 snarl_pool_submit_with,
		 (struct snarl_pool * p, const struct snarl_job *job, struct snarl_future **future),
		 (p, job, future), use(self, p, SN_LOCK_POOL, 1, site), SN_WAIT_OBJECT,
		 !(sync->flags & SN_SYNC_REJECTS), (void)0)

static void deadlocks(struct sn_self *self, const struct sn_sync_rec *sync, int result,
		      struct sn_site site)
{
	if (sn_unlikely(sync && result == -EDEADLK))
		sn_told_edeadlk(self, sync->object, 0, site);
}

/* Those with a limit end what still runs when it has passed, so no try can come before them. */
#define SHUTDOWN(form, PARAMETERS, LIMITED, MODE)                                                  \
	SN_EXPORT int form PARAMETERS                                                              \
	{                                                                                          \
		struct sn_site site = SN_SITE;                                                     \
		struct sn_self *self = sn_self_get(site.cfa);                                      \
		struct sn_sync_rec *sync = self ? use(self, p, SN_LOCK_POOL, 0, site) : NULL;      \
		SN_CHANNEL_WAIT(w);                                                                \
		int result = sn_channel_real(snarl_pool_try_shutdown)(p);                          \
		if (result == -EAGAIN) {                                                           \
			if (sync &&                                                                \
			    sn_channel_wait_begin(&w, self, sync, SN_WAIT_OBJECT, MODE, site) &&   \
			    sn_channel_real(snarl_pool_try_shutdown)(p) == -EAGAIN)                \
				sn_wait_look(self);                                                \
			result = sn_channel_real(form) LIMITED;                                    \
		}                                                                                  \
		deadlocks(self, sync, result, site);                                               \
		return result;                                                                     \
	}

SHUTDOWN(snarl_pool_shutdown, (struct snarl_pool * p), (p), 0)
SHUTDOWN(snarl_pool_shutdown_until, (struct snarl_pool * p, int64_t deadline), (p, deadline),
	 sn_channel_until(deadline))

/* The error with which a stage ended it may be -EAGAIN too. */
SN_CHANNEL_FORMS(snarl_pipeline_send, snarl_pipeline_try_send, snarl_pipeline_send_until,
		 snarl_pipeline_send_with, (struct snarl_pipeline * p, void *item), (p, item),
		 use(self, p, SN_LOCK_PIPELINE, 1, site), SN_WAIT_SEND, -1, (void)0)

SN_CHANNEL_FORMS(snarl_pipeline_receive, snarl_pipeline_try_receive, snarl_pipeline_receive_until,
		 snarl_pipeline_receive_with, (struct snarl_pipeline * p, void **item), (p, item),
		 use(self, p, SN_LOCK_PIPELINE, 0, site), SN_WAIT_RECEIVE, -1, (void)0)

SN_CHANNEL_FORMS(snarl_pipeline_wait, snarl_pipeline_try_wait, snarl_pipeline_wait_until,
		 snarl_pipeline_wait_with, (struct snarl_pipeline * p), (p),
		 use(self, p, SN_LOCK_PIPELINE, 0, site), SN_WAIT_OBJECT, -1, (void)0)

/* The library does not let its own task wait for itself: asked with a time limit that is over, it
 * answers that task as without one, and everybody else that the time is over. */
#define UNLESS_REFUSED(until, ...)                                                                 \
	((result = sn_channel_real(until)(__VA_ARGS__, 0)) == -ETIMEDOUT ? (result = -EAGAIN, 1)   \
									 : 0)

SN_CHANNEL_FORMS(snarl_batcher_add, snarl_batcher_try_add, snarl_batcher_add_until,
		 snarl_batcher_add_with, (struct snarl_batcher * b, const void *element),
		 (b, element), use(self, b, SN_LOCK_BATCHER, 1, site), SN_WAIT_SEND,
		 UNLESS_REFUSED(snarl_batcher_add_until, b, element),
		 deadlocks(self, sync, result, site))

SN_CHANNEL_FORMS(snarl_actor_send, snarl_actor_try_send, snarl_actor_send_until,
		 snarl_actor_send_with, (struct snarl_actor * a, void *body), (a, body),
		 use(self, a, SN_LOCK_ACTOR, 1, site), SN_WAIT_SEND,
		 UNLESS_REFUSED(snarl_actor_send_until, a, body),
		 deadlocks(self, sync, result, site))

/* An answer always takes a wait, so there is nothing to try first, and it is left to others to see
 * whether this thread sleeps. */
#define ASK(form, PARAMETERS, ARGUMENTS, MODE)                                                     \
	SN_EXPORT int form PARAMETERS                                                              \
	{                                                                                          \
		struct sn_site site = SN_SITE;                                                     \
		struct sn_self *self = sn_self_get(site.cfa);                                      \
		struct sn_sync_rec *sync = self ? use(self, a, SN_LOCK_ACTOR, 1, site) : NULL;     \
		SN_CHANNEL_WAIT(w);                                                                \
		if (sync)                                                                          \
			sn_channel_wait_begin(&w, self, sync, SN_WAIT_OBJECT, MODE, site);         \
		int result = sn_channel_real(form) ARGUMENTS;                                      \
		deadlocks(self, sync, result, site);                                               \
		return result;                                                                     \
	}

ASK(snarl_actor_ask,
    (struct snarl_actor * a, void *body, void (*destroy)(void *), void **value, int *sent),
    (a, body, destroy, value, sent), 0)
ASK(snarl_actor_ask_until,
    (struct snarl_actor * a, void *body, void (*destroy)(void *), void **value, int *sent,
     int64_t deadline),
    (a, body, destroy, value, sent, deadline), sn_channel_until(deadline))
ASK(snarl_actor_ask_with,
    (struct snarl_actor * a, void *body, void (*destroy)(void *), void **value, int *sent,
     struct snarl_context *context),
    (a, body, destroy, value, sent, context), sn_channel_with(self, context))

SN_CHANNEL_FORMS(snarl_actor_wait, snarl_actor_try_wait, snarl_actor_wait_until,
		 snarl_actor_wait_with, (struct snarl_actor * a), (a),
		 use(self, a, SN_LOCK_ACTOR, 0, site), SN_WAIT_OBJECT, 1,
		 deadlocks(self, sync, result, site))

SN_CHANNEL_FORMS(snarl_subscription_receive, snarl_subscription_try_receive,
		 snarl_subscription_receive_until, snarl_subscription_receive_with,
		 (struct snarl_subscription * s, void *element), (s, element),
		 use(self, s, SN_LOCK_SUBSCRIPTION, 0, site), SN_WAIT_RECEIVE, 1, (void)0)
