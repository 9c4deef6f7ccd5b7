/* SPDX-License-Identifier: Apache-2.0
 *
 * GLib's GMutex and GCond, which are futexes of its own: no call of pthread's is in them.  (Its
 * GRecMutex and GRWLock are pthread's, and are seen as these.)  The real functions are looked for
 * when the first of them is called, since most programs have no GLib, and some load it late and for
 * a plug-in alone. Calls inside libglib do not pass by these names; those of GObject, GIO,
 * GStreamer and all others do.
 *
 * The words are as in every GLib since 2.36, and this is tested on a mutex of our own before any
 * belief rests on it (see sn_glib_ready). */
#ifndef SN_INTERPOSE_GLIB_H
#define SN_INTERPOSE_GLIB_H

#include "interpose/misuse.h"

/* GLib uses the first word only: 0 free, 1 taken, 2 taken and perhaps waited for. Its second word
 * is ours: the number of the mutex's record. A static initialiser wipes it, so memory that serves
 * another mutex has another identity. */
struct sn_gmutex {
	uint32_t word;
	uint32_t mark;
};
#define SN_GMUTEX_FREE 0u
#define SN_GMUTEX_TAKEN 1u
#define SN_GMUTEX_AWAITED 2u

struct sn_gcond {
	void *unused;
	uint32_t word; /* counts the signals */
	uint32_t unused_too;
};

struct sn_gtime {
	long seconds, microseconds;
};

struct sn_gonce {
	int status; /* 0 not called, 1 in progress, 2 ready */
	void *result;
};

struct sn_glib_real {
#define SN_GLIB(name, result, parameters) result(*name) parameters;
#include "interpose/glib.def"
#undef SN_GLIB
};
extern struct sn_glib_real sn_glib_real_table;

/* The wrappers. */
#define SN_GLIB(name, result, parameters) result name parameters;
#include "interpose/glib.def"
#undef SN_GLIB

enum sn_glib_state {
	SN_GLIB_UNKNOWN,
	SN_GLIB_KNOWN,  /* its words are as they are believed to be */
	SN_GLIB_FOREIGN /* they are not: its functions are called, and nothing is noted */
};
extern uint32_t sn_glib_state;

/* Looks for the real functions, once and again when libraries have been closed. Returns whether
 * GLib's words are known. */
SN_COLD int sn_glib_ready(void);

/* The real function; NULL where there is no GLib. */
#define sn_glib_real(name) (sn_glib_ready(), sn_glib_real_table.name)

/* What the calling thread gives to a real condition wait, in which it sleeps without a word to us:
 * this wait has been published, and the mutex's unlock and lock in it are told by its wrapper. So
 * are all waits inside a real call of once. */
struct sn_glib_wait {
	const struct sn_gcond *cond;
	const struct sn_gmutex *mutex;
	int once;
};
extern __thread struct sn_glib_wait sn_glib_wait __attribute__((tls_model("initial-exec")));

/* Whether a futex wait on this word is part of such a wait. */
static inline int sn_glib_waits_on(const void *word)
{
	if (sn_glib_wait.once)
		return 1;
	return sn_glib_wait.cond &&
	       (word == &sn_glib_wait.cond->word || word == &sn_glib_wait.mutex->word);
}

/* The mutex's record; sn_gmutex_lock_of makes one if it has none: 0 where there is no room. */
static inline uint32_t sn_gmutex_known(const struct sn_self *self, const struct sn_gmutex *m)
{
	return sn_mark_lock(self, &m->mark, m, SN_LOCK_GLIB_MUTEX);
}
uint32_t sn_gmutex_lock_of(struct sn_self *self, struct sn_gmutex *m, struct sn_site site);

/* The inner unlock and relock of a condition wait, as sn_mutex_leave and sn_mutex_come_back. */
uint32_t sn_gmutex_leave(struct sn_self *self, const struct sn_gmutex *m);
void sn_gmutex_come_back(struct sn_self *self, uint32_t lock, uint32_t woken, struct sn_site site);

/* What the memory of a recorded GMutex says. It names no owner. */
SN_COLD enum sn_lock_says sn_gmutex_says(uint32_t lock);

#endif
