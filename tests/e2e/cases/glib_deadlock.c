/* SPDX-License-Identifier: Apache-2.0
 *
 * Threads that wait for GLib's locks in a ring; one that waits for what it holds itself; and one
 * that is joined under the lock that it needs. */
// needs: glib
// variants: mutex rec rwlock mutex+pthread self join
// expect: deadlock confirmed
// expect[self]: self-deadlock confirmed
// hangs
// json: {"holds", "waits"} <= set(roles(f)) or {"holds", "wants"} <= set(roles(f))
// json[mutex]: {o.type for o in f.objects} == {"GMutex"}
// json[self]: [o.type for o in f.objects] == ["GMutex"] and len(f.threads) == 1
// text: GMutex|mutex|rwlock
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
	if (other)
		*other++ = 0;
	if (!strcmp(name, "self") || !strcmp(name, "join")) {
		by_one(name);
	} else {
		a.kind = glib_kind(name);
		b.kind = other ? glib_kind(other) : a.kind;
		ring();
	}
	puts("never");
	return 0;
}
