/* SPDX-License-Identifier: Apache-2.0
 *
 * See glib.h. */
#include "interpose/glib.h"
#include "interpose/symbol.h"

struct sn_glib_real sn_glib_real_table;
uint32_t sn_glib_state;
__thread struct sn_glib_wait sn_glib_wait;

/* When the functions were looked for: a library that is closed may take them along. */
static uint32_t looked_at_epoch;

static int is_word(const struct sn_gmutex *m, uint32_t word)
{
	return m->word == word && m->mark == 0;
}

static int mutex_is_known(const struct sn_glib_real *r)
{
	struct sn_gmutex m = {7, 0};
	int good;
	r->g_mutex_init(&m);
	good = is_word(&m, SN_GMUTEX_FREE);
	r->g_mutex_lock(&m);
	good = good && is_word(&m, SN_GMUTEX_TAKEN) && !r->g_mutex_trylock(&m) &&
	       is_word(&m, SN_GMUTEX_TAKEN);
	if (!good)
		return 0;
	m.word = SN_GMUTEX_AWAITED;
	r->g_mutex_unlock(&m);
	good = is_word(&m, SN_GMUTEX_FREE) && r->g_mutex_trylock(&m) &&
	       is_word(&m, SN_GMUTEX_TAKEN);
	if (!good)
		return 0;
	r->g_mutex_unlock(&m);
	return is_word(&m, SN_GMUTEX_FREE);
}

static int cond_is_known(const struct sn_glib_real *r)
{
	struct sn_gcond c = {NULL, 0, 0};
	r->g_cond_signal(&c);
	return !c.unused && c.word == 1 && !c.unused_too;
}

/* Where there is no GLib somebody asked for these names without needing them: as believed. */
static int is_known(const struct sn_glib_real *r)
{
	if (!r->g_mutex_lock)
		return 1;
	return r->g_mutex_init && r->g_mutex_trylock && r->g_mutex_unlock && r->g_cond_signal &&
	       mutex_is_known(r) && cond_is_known(r);
}

static void look(uint32_t epoch)
{
	int saved = errno;
	struct sn_glib_real *r = &sn_glib_real_table;
#define SN_GLIB(name, result, parameters) r->name = (__typeof__(r->name))sn_symbol_next(#name);
#include "interpose/glib.def"
#undef SN_GLIB
	__atomic_store_n(&looked_at_epoch, epoch, __ATOMIC_RELAXED);
	__atomic_store_n(&sn_glib_state, is_known(r) ? SN_GLIB_KNOWN : SN_GLIB_FOREIGN,
			 __ATOMIC_RELEASE);
	errno = saved;
}

int sn_glib_ready(void)
{
	uint32_t state = __atomic_load_n(&sn_glib_state, __ATOMIC_ACQUIRE);
	uint32_t epoch = __atomic_load_n(&sn_shim.module_epoch, __ATOMIC_RELAXED);
	if (sn_unlikely(state == SN_GLIB_UNKNOWN || epoch != looked_at_epoch)) {
		look(epoch);
		state = __atomic_load_n(&sn_glib_state, __ATOMIC_ACQUIRE);
	}
	return state == SN_GLIB_KNOWN;
}
