/* SPDX-License-Identifier: Apache-2.0
 *
 * Single flights.  Which call runs the function is decided in the real call, so that is given a
 * function of ours; a try that has not run it and is refused would have had to wait. */
#include "interpose/channel.h"

struct flight {
	int (*function)(void *argument, void **value);
	void *argument;
	struct sn_channel_wait *wait;
	int ran;
};

/* Whoever runs the function waits for nobody's. */
static int run(void *p, void **value)
{
	struct flight *f = p;
	f->ran = 1;
	sn_channel_wait_end(f->wait);
	return f->function(f->argument, value);
}

SN_EXPORT struct snarl_flight *snarl_flight_new(void (*share)(void *value))
{
	struct sn_site site = SN_SITE;
	struct sn_self *self = sn_self_get(site.cfa);
	struct snarl_flight *f = sn_channel_real(snarl_flight_new)(share);
	sn_channel_made(self, f, SN_LOCK_FLIGHT, site);
	return f;
}

static struct sn_sync_rec *use(struct sn_self *self, struct snarl_flight *f, struct sn_site site)
{
	struct sn_sync_rec *sync =
		self && f ? sn_channel_object(self, f, SN_LOCK_FLIGHT, site) : NULL;
	if (sync)
		sn_channel_used(self, sync, &sync->unheard, site);
	return sync;
}

static void ended(struct sn_self *self, const struct sn_sync_rec *sync, const struct flight *f,
		  int result, struct sn_site site)
{
	if (sync && !f->ran && result == -EDEADLK)
		sn_told_edeadlk(self, sync->object, 0, site);
}

#define CALL                                                                                       \
	struct snarl_flight *flight, const void *key, size_t length,                               \
		int (*function)(void *argument, void **value), void *argument, void **value

/* LIMITED gives what the real call gets: this function and argument, and then the limit. */
#define FORM(form, PARAMETERS, LIMITED, MODE, FIRST)                                               \
	SN_EXPORT int form PARAMETERS                                                              \
	{                                                                                          \
		struct sn_site site = SN_SITE;                                                     \
		struct sn_self *self = sn_self_get(site.cfa);                                      \
		struct sn_sync_rec *sync = function ? use(self, flight, site) : NULL;              \
		SN_CHANNEL_WAIT(w);                                                                \
		struct flight f = {function, argument, &w, 0};                                     \
		if (!sync)                                                                         \
			return sn_channel_real(form) LIMITED(function, argument);                  \
		int result = FIRST;                                                                \
		if (!result)                                                                       \
			result = sn_channel_real(snarl_flight_try_do)(flight, key, length, run,    \
								      &f, value);                  \
		if (result == -EAGAIN && !f.ran &&                                                 \
		    sn_channel_wait_begin(&w, self, sync, SN_WAIT_OBJECT, MODE, site)) {           \
			result = sn_channel_real(snarl_flight_try_do)(flight, key, length, run,    \
								      &f, value);                  \
			if (result == -EAGAIN && !f.ran)                                           \
				sn_wait_look(self);                                                \
		}                                                                                  \
		if (result == -EAGAIN && !f.ran)                                                   \
			result = sn_channel_real(form) LIMITED(run, &f);                           \
		ended(self, sync, &f, result, site);                                               \
		return result;                                                                     \
	}

#define PLAIN(function, argument) (flight, key, length, function, argument, value)
#define UNTIL(function, argument) (flight, key, length, function, argument, value, deadline)
#define WITH(function, argument) (flight, key, length, function, argument, value, context)

FORM(snarl_flight_do, (CALL), PLAIN, 0, 0)
FORM(snarl_flight_do_until, (CALL, int64_t deadline), UNTIL, sn_channel_until(deadline), 0)
FORM(snarl_flight_do_with, (CALL, struct snarl_context *context), WITH,
     sn_channel_with(self, context), sn_channel_real(snarl_context_error)(context))

SN_EXPORT int snarl_flight_try_do(struct snarl_flight *flight, const void *key, size_t length,
				  int (*function)(void *argument, void **value), void *argument,
				  void **value)
{
	struct sn_site site = SN_SITE;
	struct sn_self *self = sn_self_get(site.cfa);
	struct sn_sync_rec *sync = function ? use(self, flight, site) : NULL;
	SN_CHANNEL_WAIT(w);
	struct flight f = {function, argument, &w, 0};
	if (!sync)
		return sn_channel_real(snarl_flight_try_do)(flight, key, length, function, argument,
							    value);
	int result = sn_channel_real(snarl_flight_try_do)(flight, key, length, run, &f, value);
	ended(self, sync, &f, result, site);
	return result;
}
