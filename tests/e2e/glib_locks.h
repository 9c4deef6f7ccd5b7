/* SPDX-License-Identifier: Apache-2.0
 *
 * One face for GLib's locks, as locks.h is for the C library's: the program's first argument names
 * the type. "pthread" is a mutex of the C library's among them. */
#ifndef TESTS_E2E_GLIB_LOCKS_H
#define TESTS_E2E_GLIB_LOCKS_H

#include <glib.h>
#include "case.h"

enum glib_kind { GLIB_MUTEX, GLIB_REC, GLIB_WRITER, GLIB_PTHREAD, GLIB_KINDS };

struct glib_lock {
	enum glib_kind kind;
	GMutex mutex;
	GRecMutex rec;
	GRWLock rw;
	pthread_mutex_t pthread;
};

#define INLINE static inline __attribute__((always_inline, unused))

static inline enum glib_kind glib_kind(const char *name)
{
	static const char *const names[] = {"mutex", "rec", "rwlock", "pthread"};
	for (int i = 0; i < GLIB_KINDS; i++)
		if (name && !strcmp(name, names[i]))
			return (enum glib_kind)i;
	fprintf(stderr, "no such lock: %s\n", name ? name : "(none)");
	_exit(3);
}

INLINE void glib_take(struct glib_lock *l)
{
	if (l->kind == GLIB_MUTEX)
		g_mutex_lock(&l->mutex);
	else if (l->kind == GLIB_REC)
		g_rec_mutex_lock(&l->rec);
	else if (l->kind == GLIB_WRITER)
		g_rw_lock_writer_lock(&l->rw);
	else
		pthread_mutex_lock(&l->pthread);
}

INLINE void glib_drop(struct glib_lock *l)
{
	if (l->kind == GLIB_MUTEX)
		g_mutex_unlock(&l->mutex);
	else if (l->kind == GLIB_REC)
		g_rec_mutex_unlock(&l->rec);
	else if (l->kind == GLIB_WRITER)
		g_rw_lock_writer_unlock(&l->rw);
	else
		pthread_mutex_unlock(&l->pthread);
}

#endif
