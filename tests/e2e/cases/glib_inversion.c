/* SPDX-License-Identifier: Apache-2.0
 *
 * GLib's locks taken in opposite orders: one thread after the other, both alive. The second of the
 * two is a lock of another type in the variants with two words. */
// needs: glib
// variants: mutex rec rwlock mutex+pthread rec+mutex rwlock+mutex deprecated
// expect: lock-order-inversion predicted
// json: len(f.objects) == 2 and {"wants", "holds"} <= set(roles(f))
// json[mutex]: {o.type for o in f.objects} == {"GMutex"}
// json[mutex]: sorted(o.name for o in f.objects) == ["first.mutex", "second.mutex"]
// json[deprecated]: {o.type for o in f.objects} == {"GMutex"}
// json[rec]: {o.type for o in f.objects} == {"recursive mutex"}
// json[rwlock]: {o.type for o in f.objects} == {"rwlock"}
// json[mutex+pthread]: {o.type for o in f.objects} == {"GMutex", "mutex"}
// json[rec+mutex]: {o.type for o in f.objects} == {"GMutex", "recursive mutex"}
// text: forwards
// text: backwards
#define GLIB_DISABLE_DEPRECATION_WARNINGS
#include "glib_locks.h"

static struct glib_lock first, second;

static void *forwards(void *unused)
{
	glib_take(&first);
	glib_take(&second);
	glib_drop(&second);
	glib_drop(&first);
	turn_next();
	turn_reached(2);
	return unused;
}

static void *backwards(void *unused)
{
	turn_reached(1);
	glib_take(&second);
	glib_take(&first);
	glib_drop(&first);
	glib_drop(&second);
	turn_next();
	return unused;
}

/* Made on the heap by GLib itself. */
static GMutex *a, *b;

static gpointer old_forwards(gpointer unused)
{
	g_mutex_lock(a);
	g_mutex_lock(b);
	g_mutex_unlock(b);
	g_mutex_unlock(a);
	turn_next();
	turn_reached(2);
	return unused;
}

static gpointer old_backwards(gpointer unused)
{
	turn_reached(1);
	g_mutex_lock(b);
	g_mutex_lock(a);
	g_mutex_unlock(a);
	g_mutex_unlock(b);
	turn_next();
	return unused;
}

static int deprecated(void)
{
	a = g_mutex_new();
	b = g_mutex_new();
	GThread *one = g_thread_create(old_forwards, NULL, TRUE, NULL);
	GThread *two = g_thread_create(old_backwards, NULL, TRUE, NULL);
	g_thread_join(one);
	g_thread_join(two);
	g_mutex_free(a);
	g_mutex_free(b);
	return 0;
}

int main(int argc, char **argv)
{
	pthread_t one, two;
	char *name = argc > 1 ? argv[1] : "mutex", *other = strchr(name, '+');
	if (!strcmp(name, "deprecated"))
		return deprecated();
	if (other)
		*other++ = 0;
	first.kind = glib_kind(name);
	second.kind = other ? glib_kind(other) : first.kind;
	START(&one, forwards, NULL);
	START(&two, backwards, NULL);
	JOIN(one);
	JOIN(two);
	puts("done");
	return 0;
}
