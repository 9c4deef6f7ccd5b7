/* SPDX-License-Identifier: Apache-2.0
 *
 * The functions of libsnarl-channel that the wrappers stand before, found when the first of them is
 * called. */
#include "interpose/channel.h"
#include <dlfcn.h>

struct sn_channel_real sn_channel_real_table;

/* Where the library's code lies; both 0 before its first use. */
static uintptr_t library_start, library_size;

/* A plug-in that was opened with RTLD_LOCAL has brought its library into a scope of its own. */
static void *find(const char *name)
{
	void *p = dlsym(RTLD_NEXT, name);
	void *library = p ? NULL : dlopen("libsnarl-channel.so", RTLD_LAZY);
	return library ? dlsym(library, name) : p;
}

static void note_place(const void *function)
{
	struct dl_find_object found;
	if (!function || _dl_find_object((void *)(uintptr_t)function, &found))
		return;
	library_size = (uintptr_t)found.dlfo_map_end - (uintptr_t)found.dlfo_map_start;
	__atomic_store_n(&library_start, (uintptr_t)found.dlfo_map_start, __ATOMIC_RELEASE);
}

void sn_channel_resolve(void)
{
	int saved = errno;
#define SN_CHANNEL_SYMBOL(name) sn_channel_real_table.name = (__typeof__(name) *)find(#name);
#include "interpose/channel.def"
#undef SN_CHANNEL_SYMBOL
	note_place(__extension__(const void *) sn_channel_real_table.snarl_send);
	errno = saved;
}

int sn_channel_is_library(uintptr_t ra)
{
	uintptr_t start = __atomic_load_n(&library_start, __ATOMIC_ACQUIRE);
	return start && ra - start < library_size;
}
