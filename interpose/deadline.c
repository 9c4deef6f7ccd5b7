/* SPDX-License-Identifier: Apache-2.0
 *
 * See deadline.h. */
#include "interpose/deadline.h"
#include <dlfcn.h>
#include "interpose/api_error.h"
#include "interpose/real.h"
#include "interpose/wait.h"

#define HOUR 3600
#define DAY (24 * HOUR)
#define FAR ((int64_t)300 * DAY)

/* A number for api_error's memory of places that is no error's. */
#define WRONG_CLOCK 100000

static int clocks_are_real;

void sn_deadline_start(void)
{
	Dl_info theirs, libc;
	void *symbol = dlsym(RTLD_DEFAULT, "clock_gettime");
	clocks_are_real = symbol && dladdr(symbol, &theirs) &&
			  dladdr((void *)(uintptr_t)sn_real(pthread_mutex_unlock), &libc) &&
			  theirs.dli_fbase == libc.dli_fbase;
}

/* How long from a clock's now on until the limit; whole seconds will do. */
static int64_t until(clockid_t clock, const struct timespec *limit)
{
	struct timespec now = {0, 0};
	sn_clock(clock, &now);
	if (limit->tv_sec < 0)
		return -FAR;
	return (int64_t)limit->tv_sec - now.tv_sec;
}

static void tell(struct sn_self *self, uint32_t object, enum sn_verdict verdict, enum sn_why why,
		 struct sn_site site)
{
	struct sn_finding f;
	uint32_t stack = sn_trace(self, site.ra, site.cfa);
	if (sn_api_error_told(stack, WRONG_CLOCK))
		return;
	sn_finding_start(&f, SN_KIND_API_ERROR, verdict, why);
	sn_finding_add(&f, (struct sn_part){.role = SN_ROLE_CALLED,
					    .thread = self->thread,
					    .object = object,
					    .stack = stack});
	sn_report_finding(self, &f);
}

/* The limit is far off by the call's own clock. That it is near by the other one is no accident
 * where it lies decades ahead; a small number, long ago, may be one. */
static void judge(struct sn_self *self, uint32_t object, clockid_t clock,
		  const struct timespec *limit, struct sn_site site)
{
	int64_t other = until(clock == CLOCK_MONOTONIC ? CLOCK_REALTIME : CLOCK_MONOTONIC, limit);
	if (clock == CLOCK_MONOTONIC && other >= -1 && other <= DAY)
		tell(self, object, SN_CONFIRMED, SN_WHY_CLOCK_FAR, site);
	else if (clock == CLOCK_REALTIME && limit->tv_sec > 0 && other >= 0 && other <= HOUR)
		tell(self, object, SN_SUSPECT, SN_WHY_CLOCK_PAST, site);
}

uint32_t sn_deadline_mode(struct sn_self *self, uint32_t object, clockid_t clock,
			  const struct timespec *limit, struct sn_site site)
{
	/* The call refuses what is no time. */
	if (!clocks_are_real || limit->tv_nsec < 0 || limit->tv_nsec >= 1000000000 ||
	    (clock != CLOCK_REALTIME && clock != CLOCK_MONOTONIC))
		return SN_MODE_TIMED;
	int64_t left = until(clock, limit);
	if (sn_likely(left > -FAR && left < FAR))
		return SN_MODE_TIMED;
	int saved = errno;
	if (left >= FAR ? clock == CLOCK_MONOTONIC : clock == CLOCK_REALTIME)
		judge(self, object, clock, limit, site);
	errno = saved;
	return left >= FAR ? 0 : SN_MODE_TIMED;
}
