/* SPDX-License-Identifier: Apache-2.0
 *
 * Waits on a GCond that nobody ends: the signal falls between the look and the wait, without the
 * mutex; nobody is left to send one; and a deadline of the wall's clock, decades ahead. */
// needs: glib
// variants: window window-broadcast window-until nobody clock
// expect: lost-wakeup confirmed
// expect[nobody]: deadlock confirmed
// expect[clock]: api-error confirmed
// hangs
// stdout: -
// stdout[clock]: done
// json[window]: "never held the mutex" in f.why
// json[window]: {"checked", "signalled", "waits"} <= set(roles(f))
// json[nobody]: f.message.startswith("all 2 threads of the process are asleep")
// json[nobody]: "GCond" in {o.type for o in f.objects}
// json[clock]: "of the wrong clock" in f.message
#include <glib.h>
#include "case.h"

static GMutex mutex;
static GCond cond;
static const char *variant;
static int ready;
static pid_t waiting;

static int is(const char *name)
{
	return !strcmp(variant, name);
}

static void wait_once(void)
{
	if (is("window-until"))
		g_cond_wait_until(&cond, &mutex, G_MAXINT64);
	else if (is("clock"))
		g_cond_wait_until(&cond, &mutex, g_get_real_time() + 60 * G_TIME_SPAN_SECOND);
	else
		g_cond_wait(&cond, &mutex);
}

static gpointer waiter(gpointer unused)
{
	g_mutex_lock(&mutex);
	publish_tid(&waiting);
	while (!__atomic_load_n(&ready, __ATOMIC_ACQUIRE)) {
		if (!is("nobody") && !is("clock")) {
			turn_next();
			turn_await(2);
		}
		wait_once();
	}
	g_mutex_unlock(&mutex);
	return unused;
}

/* Without the mutex, in the waiter's window. */
static void wake_too_early(void)
{
	turn_await(1);
	__atomic_store_n(&ready, 1, __ATOMIC_RELEASE);
	if (is("window-broadcast"))
		g_cond_broadcast(&cond);
	else
		g_cond_signal(&cond);
	turn_next();
}

static void wake_properly(void)
{
	await_blocked(&waiting);
	g_mutex_lock(&mutex);
	ready = 1;
	g_cond_signal(&cond);
	g_mutex_unlock(&mutex);
}

int main(int argc, char **argv)
{
	variant = argc > 1 ? argv[1] : "window";
	GThread *thread = g_thread_new("waiter", waiter, NULL);
	if (is("clock"))
		wake_properly();
	else if (!is("nobody"))
		wake_too_early();
	g_thread_join(thread);
	puts("done");
	return 0;
}
