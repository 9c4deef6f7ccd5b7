/* SPDX-License-Identifier: Apache-2.0
 *
 * Correct uses of GLib's locks and conditions that look like faults. */
// needs: glib
// variants: gate trylock ordered zeroed again queue timeouts contended once recursive after-unlock
// variants: rwlock asserted forked
// expect: silent
#include <glib.h>
#include <sys/wait.h>
#include "case.h"

#define ROUNDS 2000

static GMutex a, b, outer;
static GRecMutex rec;
static GRWLock rw;
static GCond filled, emptied;
static int count, done;
static pid_t waiting;

static gpointer both(gpointer backwards)
{
	g_mutex_lock(&outer);
	g_mutex_lock(backwards ? &b : &a);
	g_mutex_lock(backwards ? &a : &b);
	g_mutex_unlock(backwards ? &a : &b);
	g_mutex_unlock(backwards ? &b : &a);
	g_mutex_unlock(&outer);
	return NULL;
}

static gpointer try_both(gpointer backwards)
{
	g_mutex_lock(backwards ? &b : &a);
	if (g_mutex_trylock(backwards ? &a : &b))
		g_mutex_unlock(backwards ? &a : &b);
	g_mutex_unlock(backwards ? &b : &a);
	return NULL;
}

static gpointer plainly(gpointer backwards)
{
	g_mutex_lock(backwards ? &b : &a);
	g_mutex_lock(backwards ? &a : &b);
	g_mutex_unlock(backwards ? &a : &b);
	g_mutex_unlock(backwards ? &b : &a);
	return NULL;
}

static void two_threads(GThreadFunc f)
{
	GThread *one = g_thread_new("one", f, NULL), *two = g_thread_new("two", f, &a);
	g_thread_join(one);
	g_thread_join(two);
}

/* As GDBus does: whoever holds it cannot get it. */
static void asserted(void)
{
	g_mutex_lock(&a);
	CHECK(!g_mutex_trylock(&a));
	g_mutex_unlock(&a);
}

/* What the forking thread holds is held, and given up, in the child as well. */
static void forked(void)
{
	int status;
	g_mutex_lock(&a);
	pid_t child = fork();
	CHECK(child >= 0);
	g_mutex_unlock(&a);
	plainly(NULL);
	if (!child)
		exit(0);
	CHECK(waitpid(child, &status, 0) == child && status == 0);
}

static void one_after_the_other(void)
{
	g_thread_join(g_thread_new("one", plainly, NULL));
	g_thread_join(g_thread_new("two", plainly, &a));
}

/* Memory that serves other locks once it has been given back: with zeros in it a GMutex needs no
 * initialisation. */
static struct {
	GMutex first, second;
} reused;

static gpointer in_order(gpointer backwards)
{
	if (backwards)
		turn_reached(1);
	g_mutex_lock(backwards ? &reused.second : &reused.first);
	g_mutex_lock(backwards ? &reused.first : &reused.second);
	g_mutex_unlock(backwards ? &reused.first : &reused.second);
	g_mutex_unlock(backwards ? &reused.second : &reused.first);
	if (backwards)
		return NULL;
	memset(&reused, 0, sizeof reused);
	turn_next();
	return NULL;
}

static gpointer in_order_again(gpointer backwards)
{
	if (backwards)
		turn_reached(1);
	g_mutex_lock(backwards ? &reused.second : &reused.first);
	g_mutex_lock(backwards ? &reused.first : &reused.second);
	g_mutex_unlock(backwards ? &reused.first : &reused.second);
	g_mutex_unlock(backwards ? &reused.second : &reused.first);
	if (backwards)
		return NULL;
	g_mutex_clear(&reused.first);
	g_mutex_clear(&reused.second);
	g_mutex_init(&reused.first);
	g_mutex_init(&reused.second);
	turn_next();
	return NULL;
}

static gpointer produce(gpointer unused)
{
	for (int i = 0; i < ROUNDS; i++) {
		g_mutex_lock(&a);
		while (count == 3)
			g_cond_wait(&emptied, &a);
		count++;
		g_cond_signal(&filled);
		g_mutex_unlock(&a);
	}
	return unused;
}

static gpointer consume(gpointer unused)
{
	for (int i = 0; i < ROUNDS; i++) {
		g_mutex_lock(&a);
		while (!count)
			g_cond_wait(&filled, &a);
		count--;
		g_mutex_unlock(&a);
		g_cond_signal(&emptied);
	}
	return unused;
}

static void queue(void)
{
	GThread *from = g_thread_new("from", produce, NULL),
		*to = g_thread_new("to", consume, NULL);
	g_thread_join(from);
	g_thread_join(to);
	CHECK(!count);
}

static void timeouts(void)
{
	g_mutex_lock(&a);
	for (int i = 0; i < 20; i++)
		CHECK(!g_cond_wait_until(&filled, &a, g_get_monotonic_time() + 100));
	CHECK(!g_cond_wait_until(&filled, &a, -1));
	CHECK(!g_cond_wait_until(&filled, &a, 0));
	g_mutex_unlock(&a);
	g_cond_signal(&filled);
	g_cond_clear(&filled);
	g_mutex_clear(&a);
}

static gpointer add(gpointer unused)
{
	for (int i = 0; i < 20 * ROUNDS; i++) {
		g_mutex_lock(&a);
		count++;
		g_mutex_unlock(&a);
	}
	return unused;
}

static gpointer make_inner(gpointer unused)
{
	count++;
	return unused;
}

static gpointer make(gpointer unused)
{
	static GOnce inner = G_ONCE_INIT;
	turn_next();
	g_once(&inner, make_inner, NULL);
	await_blocked(&waiting);
	g_mutex_lock(&a);
	count++;
	g_mutex_unlock(&a);
	return unused;
}

static gpointer ask(gpointer unused)
{
	static GOnce once = G_ONCE_INIT;
	static gsize enter;
	if (unused) {
		turn_reached(1);
		publish_tid(&waiting);
	}
	g_once(&once, make, NULL);
	if (g_once_init_enter(&enter))
		g_once_init_leave(&enter, 1);
	return unused;
}

static void recursive(void)
{
	g_rec_mutex_lock(&rec);
	g_rec_mutex_lock(&rec);
	CHECK(g_rec_mutex_trylock(&rec));
	for (int i = 0; i < 3; i++)
		g_rec_mutex_unlock(&rec);
	g_rec_mutex_clear(&rec);
}

/* The state is changed under the mutex, and the signal comes after it has been given up. */
static gpointer await(gpointer unused)
{
	g_mutex_lock(&a);
	publish_tid(&waiting);
	while (!done)
		g_cond_wait(&filled, &a);
	g_mutex_unlock(&a);
	return unused;
}

static void after_unlock(void)
{
	GThread *thread = g_thread_new("await", await, NULL);
	await_blocked(&waiting);
	g_mutex_lock(&a);
	done = 1;
	g_mutex_unlock(&a);
	g_cond_broadcast(&filled);
	g_thread_join(thread);
}

static gpointer reads(gpointer unused)
{
	for (int i = 0; i < ROUNDS; i++) {
		g_rw_lock_reader_lock(&rw);
		g_rw_lock_reader_unlock(&rw);
		if (g_rw_lock_writer_trylock(&rw))
			g_rw_lock_writer_unlock(&rw);
	}
	return unused;
}

int main(int argc, char **argv)
{
	const char *is = argc > 1 ? argv[1] : "gate";
	if (!strcmp(is, "gate"))
		two_threads(both);
	else if (!strcmp(is, "trylock"))
		two_threads(try_both);
	else if (!strcmp(is, "ordered"))
		one_after_the_other();
	else if (!strcmp(is, "zeroed"))
		two_threads(in_order);
	else if (!strcmp(is, "again"))
		two_threads(in_order_again);
	else if (!strcmp(is, "queue"))
		queue();
	else if (!strcmp(is, "timeouts"))
		timeouts();
	else if (!strcmp(is, "contended"))
		two_threads(add);
	else if (!strcmp(is, "once"))
		two_threads(ask);
	else if (!strcmp(is, "asserted"))
		asserted();
	else if (!strcmp(is, "forked"))
		forked();
	else if (!strcmp(is, "recursive"))
		recursive();
	else if (!strcmp(is, "after-unlock"))
		after_unlock();
	else if (!strcmp(is, "rwlock"))
		two_threads(reads);
	printf("%d\n", count);
	return 0;
}
