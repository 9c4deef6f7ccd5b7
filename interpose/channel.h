/* SPDX-License-Identifier: Apache-2.0
 *
 * What the wrappers of libsnarl-channel share.  They stand before its exported functions by name
 * and use nothing else of it; a program without the library never comes here.
 *
 * Its objects are known by their handles, in table LOCK with a state in table SYNC, like condition
 * variables.  A call that may block is tried first: only when that fails is a wait published and
 * the real blocking call made.  What is said of an object is only what programs did to it by
 * calls; whether a thread really sleeps the kernel is asked (base/asleep.h), so a hand-off that is
 * under way inside the library is never taken for a thread that is stuck. */
#ifndef SN_INTERPOSE_CHANNEL_H
#define SN_INTERPOSE_CHANNEL_H

#include "include/snarl_channel/actor.h"
#include "include/snarl_channel/channel.h"
#include "include/snarl_channel/context.h"
#include "include/snarl_channel/flow.h"
#include "include/snarl_channel/future.h"
#include "include/snarl_channel/group.h"
#include "include/snarl_channel/order.h"
#include "include/snarl_channel/shutdown.h"
#include "include/snarl_channel/sync.h"
#include "include/snarl_channel/task.h"
#include "include/snarl_channel/time.h"
#include "include/snarl_channel/topic.h"
#include "base/names.h"
#include "interpose/real.h"
#include "interpose/sync.h"

struct sn_channel_real {
#define SN_CHANNEL_SYMBOL(name) __typeof__(name) *name;
#include "interpose/channel.def"
#undef SN_CHANNEL_SYMBOL
};
extern struct sn_channel_real sn_channel_real_table;
/* The library's snarl_order_watch; NULL: one that is older than that. */
extern __typeof__(snarl_order_watch) *sn_channel_watch;

/* Finds the library's functions; loads it where the linker left it out, since all that the program
 * needs of it seemed to be here. */
SN_COLD void sn_channel_resolve(void);

/* At the start: where the program was linked with the library its threads are known from the first.
 */
void sn_channel_start(void);

/* The library's own function: sn_channel_real(snarl_send)(c, v). */
#define sn_channel_real(name)                                                                      \
	(sn_unlikely(!sn_channel_real_table.name) ? sn_channel_resolve() : (void)0,                \
	 sn_channel_real_table.name)

/* Whether a call came from the library's code: a thread that it makes is its own. */
int sn_channel_is_library(uintptr_t ra);

/* A new object: nothing that was known of its address counts any more. NULL where there is no room,
 * or for a NULL handle. */
SN_COLD struct sn_sync_rec *sn_channel_born(struct sn_self *self, void *handle, uint32_t type,
					    struct sn_site site);
/* The same with the caller's wrapper's result: keeps errno, accepts self NULL. */
SN_COLD struct sn_sync_rec *sn_channel_made(struct sn_self *self, void *handle, uint32_t type,
					    struct sn_site site);

SN_COLD struct sn_sync_rec *sn_channel_met(struct sn_self *self, void *handle, uint32_t type,
					   struct sn_site site);

/* The state of what a handle stands for, if it is known as an object of the library. */
static inline struct sn_sync_rec *sn_channel_known(struct sn_self *self, const void *handle)
{
	uint32_t lock = sn_identity_find(self, handle);
	const struct sn_lock_rec *rec = lock ? &self->locks[lock] : NULL;
	if (!rec || sn_lock_family(rec->type) != SN_FAMILY_CHANNEL || !rec->sync)
		return NULL;
	return sn_rec_sync(&sn_shim.recorder, rec->sync);
}

/* The same, made known if it was not: it came from inside the library. NULL where there is no room,
 * or no self. */
static inline struct sn_sync_rec *sn_channel_object(struct sn_self *self, void *handle,
						    uint32_t type, struct sn_site site)
{
	struct sn_sync_rec *sync = self && handle ? sn_channel_known(self, handle) : NULL;
	if (sn_likely(sync) || !self)
		return sync;
	return sn_channel_met(self, handle, type, site);
}

/* channel_holder.c: the program takes, gives up a reference; of types whose references are counted.
 * The release is noted before it happens, since after it the handle may be another object's. */
SN_COLD void sn_channel_retained(struct sn_self *self, void *handle, uint32_t type);
SN_COLD void sn_channel_released(struct sn_self *self, void *handle, uint32_t type);

#define SN_CHANNEL_COUNTED(name, TYPE)                                                             \
	SN_EXPORT struct snarl_##name *snarl_##name##_retain(struct snarl_##name *object)          \
	{                                                                                          \
		sn_channel_retained(object ? sn_self_get(SN_CALLER_CFA) : NULL, object, TYPE);     \
		return sn_channel_real(snarl_##name##_retain)(object);                             \
	}                                                                                          \
	SN_EXPORT void snarl_##name##_release(struct snarl_##name *object)                         \
	{                                                                                          \
		sn_channel_released(object ? sn_self_get(SN_CALLER_CFA) : NULL, object, TYPE);     \
		sn_channel_real(snarl_##name##_release)(object);                                   \
	}

/* Notes that a thread has the object: it uses it, or (declared) it is spawned with it. */
SN_COLD void sn_channel_holds(struct sn_sync_rec *sync, uint32_t thread, int declared);
/* Whether what a task is given is an object of the library: then the task has it. */
SN_COLD void sn_channel_given(struct sn_self *self, void *argument, uint32_t task);

/* Somebody has it who cannot be seen: who may act on it is not known any more. */
SN_COLD void sn_channel_shared(struct sn_sync_rec *sync);

/* Whoever goes on using what it made has not given it up. */
SN_COLD void sn_channel_kept(struct sn_self *self, struct sn_sync_rec *sync);
static inline void sn_channel_keeps(struct sn_self *self, struct sn_sync_rec *sync)
{
	if (sn_unlikely(sync->flags & SN_SYNC_GIVEN_UP))
		sn_channel_kept(self, sync);
}

/* channel_context.c: a context that came from inside the library. */
SN_COLD void sn_channel_seen(struct sn_self *self, struct snarl_context *context,
			     struct sn_site site);

/* What stands for a context that is about to be used: its lock record, 0 for one that never ends,
 * SN_CONTEXT_UNKNOWN. */
SN_COLD uint32_t sn_channel_context(struct sn_self *self, struct snarl_context *context);

/* Notes that the calling thread uses the object, and where it did so last in this way. `to` is the
 * part of the state for that way. The usual call repeats the last one and writes nothing. */
static inline void sn_channel_used(struct sn_self *self, struct sn_sync_rec *sync,
				   struct sn_signal *to, struct sn_site site)
{
	if (!sync)
		return;
	uint32_t stack = sn_trace(self, site.ra, site.cfa);
	if (sn_unlikely(to->by != sn_sync_by(self, stack)))
		sn_channel_holds(sync, self->thread, 0);
	sn_sync_unheard(self, sync, to, 0, stack);
}

/* A wait for an object of the library. */
struct sn_channel_wait {
	struct sn_self *self; /* NULL: nothing is published */
	struct sn_wait_scope outer;
};

/* Publishes it. Returns whether everybody else is asleep for good: then the caller tries once more,
 * since somebody may have come in between, and looks (sn_wait_look) if that fails. */
SN_COLD int sn_channel_wait_begin(struct sn_channel_wait *w, struct sn_self *self,
				  struct sn_sync_rec *sync, enum sn_wait kind, uint32_t mode,
				  struct sn_site site);
SN_COLD void sn_channel_wait_end(struct sn_channel_wait *w);

/* Ends with the block, also when the thread is cancelled in it. */
#define SN_CHANNEL_WAIT(name)                                                                      \
	struct sn_channel_wait name __attribute__((cleanup(sn_channel_wait_end))) = {.self = NULL}

/* How a call with this limit waits: one that ends by itself is nobody's deadlock. */
static inline uint32_t sn_channel_until(int64_t deadline)
{
	return deadline == SNARL_FOREVER ? 0 : SN_MODE_TIMED;
}
/* The same of one that a context ends; notes which. `self` may be NULL. */
SN_COLD uint32_t sn_channel_with(struct sn_self *self, struct snarl_context *context);

/* Whether the object alone ends the wait: a timer that runs, a context that has a deadline. */
static inline uint32_t sn_channel_mode(const struct sn_sync_rec *sync)
{
	return sync && sync->deadline_ns ? SN_MODE_TIMED : 0;
}

/* Defines the wrappers of a blocking call's four forms. In the bodies `self` may be NULL. BEGIN is
 * the object's state, KIND the wait, BLOCKS whether -EAGAIN of the try call means that this one
 * will block (it may be a result of the program's own; -1: that cannot be told, so it is left to
 * others to see whether it does; it may change `result` where it finds out that it will not), END
 * what follows `result`; `armed` is the state of a timer before the call. */
#define SN_CHANNEL_FORM(name, try, PARAMETERS, ARGUMENTS, LIMITED, MODE, FIRST, BEGIN, KIND,       \
			BLOCKS, END)                                                               \
	SN_EXPORT int name PARAMETERS                                                              \
	{                                                                                          \
		struct sn_site site = SN_SITE;                                                     \
		struct sn_self *self = sn_self_get(site.cfa);                                      \
		struct sn_sync_rec *sync = self ? (BEGIN) : NULL;                                  \
		uint64_t armed __attribute__((unused)) = sync ? sync->deadline_ns : 0;             \
		SN_CHANNEL_WAIT(w);                                                                \
		int result = FIRST;                                                                \
		if (!result)                                                                       \
			result = sn_channel_real(try) ARGUMENTS;                                   \
		if (result == -EAGAIN) {                                                           \
			if (sync && (BLOCKS) &&                                                    \
			    sn_channel_wait_begin(&w, self, sync, KIND,                            \
						  (MODE) | sn_channel_mode(sync), site)) {         \
				result = sn_channel_real(try) ARGUMENTS;                           \
				/* Told anew: it may be the program's own result now. */           \
				if (result == -EAGAIN && (BLOCKS) > 0)                             \
					sn_wait_look(self);                                        \
			}                                                                          \
			if (result == -EAGAIN)                                                     \
				result = sn_channel_real(name) LIMITED;                            \
		}                                                                                  \
		if (self)                                                                          \
			END;                                                                       \
		return result;                                                                     \
	}

#define SN_UNPACK(...) __VA_ARGS__

#define SN_CHANNEL_TRY(name, PARAMETERS, ARGUMENTS, BEGIN, END)                                    \
	SN_EXPORT int name PARAMETERS                                                              \
	{                                                                                          \
		struct sn_site site = SN_SITE;                                                     \
		struct sn_self *self = sn_self_get(site.cfa);                                      \
		struct sn_sync_rec *sync __attribute__((unused)) = self ? (BEGIN) : NULL;          \
		uint64_t armed __attribute__((unused)) = sync ? sync->deadline_ns : 0;             \
		int result = sn_channel_real(name) ARGUMENTS;                                      \
		if (self)                                                                          \
			END;                                                                       \
		return result;                                                                     \
	}

/* A context that has ended ends the call before it tries anything. */
#define SN_CHANNEL_FORMS(plain, try, until, with, PARAMETERS, ARGUMENTS, BEGIN, KIND, BLOCKS, END) \
	SN_CHANNEL_FORM(plain, try, PARAMETERS, ARGUMENTS, ARGUMENTS, 0, 0, BEGIN, KIND, BLOCKS,   \
			END)                                                                       \
	SN_CHANNEL_TRY(try, PARAMETERS, ARGUMENTS, BEGIN, END)                                     \
	SN_CHANNEL_FORM(until, try, (SN_UNPACK PARAMETERS, int64_t deadline), ARGUMENTS,           \
			(SN_UNPACK ARGUMENTS, deadline), sn_channel_until(deadline), 0, BEGIN,     \
			KIND, BLOCKS, END)                                                         \
	SN_CHANNEL_FORM(with, try, (SN_UNPACK PARAMETERS, struct snarl_context * context),         \
			ARGUMENTS, (SN_UNPACK ARGUMENTS, context), sn_channel_with(self, context), \
			sn_channel_real(snarl_context_error)(context), BEGIN, KIND, BLOCKS, END)

/* channel_misuse.c: a send returned -EPIPE; a close returned -EALREADY. */
SN_COLD void sn_channel_sent_on_closed(struct sn_self *self, struct sn_sync_rec *sync,
				       struct sn_site site);
SN_COLD void sn_channel_closed_twice(struct sn_self *self, struct sn_sync_rec *sync,
				     struct sn_site site);
/* A count was taken below zero. */
SN_COLD void sn_channel_below_zero(struct sn_self *self, struct sn_sync_rec *sync, int64_t delta,
				   struct sn_site site);

/* channel_timer.c: a timer that may fire has a number in `deadline_ns`, a new one each time it is
 * set; 0: it never will. It has fired or been stopped, and counts as over if its number is still
 * the one that it had before that call. */
SN_COLD void sn_channel_timer_over(struct sn_sync_rec *sync, uint64_t armed);

/* channel_run.c: a record for a task that is about to be spawned, with what it will run; 0 where
 * there is no room. It counts as a thread that may run from sn_task_starts on. */
SN_COLD uint32_t sn_task_new(struct sn_self *self, const char *name, void *function, void *argument,
			     struct snarl_context *context, struct sn_site site);
void sn_task_starts(uint32_t task);
/* The outcome of a spawn that was tried with it. */
SN_COLD void sn_task_spawned(struct sn_self *self, uint32_t task);
SN_COLD void sn_task_withdraw(struct sn_self *self, uint32_t task);
/* Nothing was spawned and nothing will be. */
SN_COLD void sn_task_drop(struct sn_self *self, uint32_t task);
/* The calling thread begins, and ends, the task. */
SN_COLD struct sn_self *sn_task_begin(uint32_t task);
SN_COLD void sn_task_end(struct sn_self **self);
/* The task runs to the end of the block, or until it leaves by pthread_exit or cancellation. */
#define SN_TASK(task)                                                                              \
	struct sn_self *runs __attribute__((cleanup(sn_task_end), unused)) = sn_task_begin(task)
/* The thread begins something that we did not see being spawned. */
SN_COLD void sn_task_leaves(struct sn_self *self);
/* A thread has ended that ran tasks. Called with the shim's lock held. */
void sn_task_thread_ends(struct sn_self *self);
/* channel_end.c: the process is about to end; notes whose wait nobody could ever have ended. */
SN_COLD void sn_channel_at_end(void);

/* Nobody will join it any more. */
SN_COLD void sn_task_unneeded(struct sn_self *self, uint32_t task, uint32_t serial);

#endif
