/* SPDX-License-Identifier: Apache-2.0
 *
 * Nearly the new object of silent_unpublished.c: others could know its lock before the step. It was
 * put on the list under the list's lock, a thread was created, or woken by a semaphore, since it
 * was initialised; it is taken for the second time; it is a static variable; another thread made
 * it; or another order follows when the list's lock has been given up. */
// variants: told created woken again static made later
// expect: lock-order-inversion predicted
#include "case.h"

struct object {
	pthread_mutex_t mutex;
};

static pthread_mutex_t list = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t inner = PTHREAD_MUTEX_INITIALIZER;
static struct object *shared, fixed;
static sem_t ready;
static const char *how;

static int is(const char *name)
{
	return !strcmp(how, name);
}

static void under(pthread_mutex_t *m)
{
	pthread_mutex_lock(m);
	pthread_mutex_unlock(m);
}

static void *nothing(void *unused)
{
	return unused;
}

static void __attribute__((noinline)) step(struct object *o)
{
	pthread_mutex_lock(&o->mutex);
	under(&list);
	if (is("later"))
		under(&inner);
	pthread_mutex_unlock(&o->mutex);
}

static void *creator(void *made)
{
	struct object *o = made ? made : is("static") ? &fixed : malloc(sizeof *o);
	pthread_t thread;
	if (!made)
		pthread_mutex_init(&o->mutex, NULL);
	shared = o;
	if (is("told"))
		under(&list);
	if (is("created")) {
		START(&thread, nothing, NULL);
		JOIN(thread);
	}
	if (is("woken"))
		sem_post(&ready);
	step(o);
	if (is("again"))
		step(o);
	turn_next();
	return NULL;
}

static void *visitor(void *unused)
{
	pthread_mutex_t *outer = is("later") ? &inner : &list;
	turn_await(1);
	pthread_mutex_lock(outer);
	pthread_mutex_lock(&shared->mutex);
	pthread_mutex_unlock(&shared->mutex);
	pthread_mutex_unlock(outer);
	return unused;
}

int main(int argc, char **argv)
{
	pthread_t one, other;
	struct object *made = NULL;
	how = argc > 1 ? argv[1] : "told";
	sem_init(&ready, 0, 0);
	if (is("made")) {
		made = malloc(sizeof *made);
		pthread_mutex_init(&made->mutex, NULL);
	}
	START(&one, creator, made);
	START(&other, visitor, NULL);
	JOIN(one);
	JOIN(other);
	puts("done");
	return 5;
}
