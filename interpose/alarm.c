/* SPDX-License-Identifier: Apache-2.0
 *
 * The calls by which a program has itself sent SIGALRM. Nobody else can ask for that: so it is
 * noted, for those who judge whether a resting program will be ended (base/end_in_sight.h). */
#include <sys/time.h>
#include <unistd.h>
#include "base/asleep.h"
#include "base/end_in_sight.h"
#include "interpose/process.h"
#include "interpose/real.h"
#include "interpose/shim.h"

static void note(int pending)
{
	int saved = errno;
	/* A vfork child sets its own, and has our memory. */
	if (sn_shim.phase == SN_PHASE_ON && sn_process_is_ours())
		sn_end_note_alarm(sn_shim.recorder.header, pending);
	errno = saved;
}

static int is_set(const struct timeval *t)
{
	return t->tv_sec || t->tv_usec;
}

void sn_alarm_start(void)
{
	struct itimerval now = {0};
	if (!sn_sandboxed)
		note(!sn_sys(SYS_getitimer, ITIMER_REAL, &now) && is_set(&now.it_value));
}

SN_EXPORT unsigned alarm(unsigned seconds)
{
	unsigned left = sn_real(alarm)(seconds);
	note(seconds != 0);
	return left;
}

SN_EXPORT useconds_t ualarm(useconds_t value, useconds_t interval)
{
	useconds_t left = sn_real(ualarm)(value, interval);
	note(value != 0);
	return left;
}

SN_EXPORT int setitimer(__itimer_which_t which, const struct itimerval *value,
			struct itimerval *old)
{
	int error = sn_real(setitimer)(which, value, old);
	if (!error && which == ITIMER_REAL)
		note(value && is_set(&value->it_value));
	return error;
}
