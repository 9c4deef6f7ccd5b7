/* SPDX-License-Identifier: Apache-2.0
 *
 * GLib's locks and conditions misused, each in a way that is certain. GLib itself ends the process
 * where it unlocks, or clears, what it should not. */
// needs: glib
// variants: other wait-other cleared-waited reinit two-mutexes
// variants: not-locked cleared-locked wait-free
// expect[other]: unlock-not-owner confirmed
// expect[wait-other]: wait-without-mutex confirmed
// expect[cleared-waited]: destroy-while-waited confirmed
// expect[reinit]: reinit-in-use confirmed
// expect[two-mutexes]: cond-two-mutexes confirmed
// expect[not-locked]: unlock-not-locked confirmed
// expect[cleared-locked]: destroy-while-locked confirmed
// expect[wait-free]: wait-without-mutex confirmed
// status[not-locked bare]: 134
// status[cleared-locked bare]: 134
// status[wait-free bare]: 134
// text: G(Mutex|Cond) '(mutex|another|cond)'
#include <glib.h>
#include "case.h"

static GMutex mutex, another;
static GCond cond;
static const char *variant;
static int ready;
static pid_t waiting, second;

static int is(const char *name)
{
	return !strcmp(variant, name);
}

static gpointer unlocks(gpointer unused)
{
	g_mutex_unlock(&mutex);
	return unused;
}

static gpointer waits_without(gpointer unused)
{
	g_cond_wait_until(&cond, &mutex, g_get_monotonic_time() + 1);
	g_mutex_unlock(&mutex);
	return unused;
}

static gpointer waits(gpointer which)
{
	GMutex *m = which;
	g_mutex_lock(m);
	publish_tid(m == &mutex ? &waiting : &second);
	while (!ready)
		g_cond_wait(&cond, m);
	g_mutex_unlock(m);
	return NULL;
}

static void wake_all(void)
{
	g_mutex_lock(&mutex);
	g_mutex_lock(&another);
	ready = 1;
	g_mutex_unlock(&another);
	g_mutex_unlock(&mutex);
	g_cond_broadcast(&cond);
}

static void of_another(void)
{
	g_mutex_lock(&mutex);
	g_thread_join(g_thread_new("stranger", is("other") ? unlocks : waits_without, NULL));
	CHECK(g_mutex_trylock(&mutex));
	g_mutex_unlock(&mutex);
}

static void while_waited(void)
{
	GThread *one = g_thread_new("waiter", waits, &mutex), *two = NULL;
	await_blocked(&waiting);
	if (is("two-mutexes")) {
		two = g_thread_new("second", waits, &another);
		await_blocked(&second);
	} else if (is("reinit")) {
		/* The real call does nothing to a waiter's word that a broadcast would not. */
		g_cond_init(&cond);
	} else {
		g_cond_clear(&cond);
	}
	wake_all();
	g_thread_join(one);
	if (two)
		g_thread_join(two);
}

int main(int argc, char **argv)
{
	variant = argc > 1 ? argv[1] : "other";
	if (is("other") || is("wait-other"))
		of_another();
	else if (is("cleared-locked"))
		g_mutex_lock(&mutex), g_mutex_clear(&mutex);
	else if (is("not-locked"))
		g_mutex_lock(&mutex), g_mutex_unlock(&mutex), g_mutex_unlock(&mutex);
	else if (is("wait-free"))
		g_cond_wait(&cond, &mutex);
	else
		while_waited();
	puts("done");
	return 5;
}
