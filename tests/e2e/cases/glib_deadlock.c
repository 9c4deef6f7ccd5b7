/* SPDX-License-Identifier: Apache-2.0
 *
 * Threads that wait for GLib's locks in a ring; one that waits for what it holds itself; and one
 * that is joined under the lock that it needs. */
// needs: glib
// variants: mutex rec rwlock mutex+pthread self join once once-init once-self
// expect: deadlock confirmed
// expect[self]: self-deadlock confirmed
// expect[once-self]: self-deadlock confirmed
// json[once]: {o.type for o in f.objects} == {"GOnce", "GMutex"} and len(f.threads) == 2
// json[once-init]: {o.type for o in f.objects} == {"GOnce", "GMutex"} and len(f.threads) == 2
// hangs
// json: {"holds", "waits"} <= set(roles(f)) or {"holds", "wants"} <= set(roles(f))
// json[mutex]: {o.type for o in f.objects} == {"GMutex"}
// json[self]: [o.type for o in f.objects] == ["GMutex"] and len(f.threads) == 1
// text: GMutex|mutex|rwlock|GOnce
#include "glib_locks.h"

static struct glib_lock a, b;
static pthread_barrier_t both;

static void *left(void *unused)
{
	glib_take(&a);
	pthread_barrier_wait(&both);
	glib_take(&b);
	return unused;
}

static void *right(void *unused)
{
	glib_take(&b);
	pthread_barrier_wait(&both);
	glib_take(&a);
	return unused;
}

static gpointer needs(gpointer unused)
{
	glib_take(&a);
	glib_drop(&a);
	return unused;
}

static void by_one(const char *how)
{
	glib_take(&a);
	if (!strcmp(how, "self"))
		glib_take(&a);
	g_thread_join(g_thread_new("needs", needs, NULL));
}

/* A control whose routine needs what one who waits for it holds. */
static GOnce once = G_ONCE_INIT;
static gsize entered;
static const char *how;

static gpointer routine(gpointer unused)
{
	if (!strcmp(how, "once-self"))
		g_once(&once, routine, NULL);
	pthread_barrier_wait(&both);
	glib_take(&a);
	glib_drop(&a);
	return unused;
}

static void ask(void)
{
	if (strcmp(how, "once-init")) {
		g_once(&once, routine, NULL);
	} else if (g_once_init_enter(&entered)) {
		routine(NULL);
		g_once_init_leave(&entered, 1);
	}
}

static gpointer asks(gpointer unused)
{
	ask();
	return unused;
}

static void by_once(void)
{
	pthread_barrier_init(&both, NULL, 2);
	GThread *thread = g_thread_new("asks", asks, NULL);
	glib_take(&a);
	pthread_barrier_wait(&both);
	ask();
	g_thread_join(thread);
}

static void ring(void)
{
	pthread_t one, two;
	pthread_barrier_init(&both, NULL, 2);
	START(&one, left, NULL);
	START(&two, right, NULL);
	JOIN(one);
	JOIN(two);
}

int main(int argc, char **argv)
{
	char *name = argc > 1 ? argv[1] : "mutex", *other = strchr(name, '+');
	how = name;
	if (other)
		*other++ = 0;
	if (!strncmp(name, "once", 4)) {
		by_once();
	} else if (!strcmp(name, "self") || !strcmp(name, "join")) {
		by_one(name);
	} else {
		a.kind = glib_kind(name);
		b.kind = other ? glib_kind(other) : a.kind;
		ring();
	}
	puts("never");
	return 0;
}
