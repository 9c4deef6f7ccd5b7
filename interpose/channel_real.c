/* SPDX-License-Identifier: Apache-2.0
 *
 * The functions of libsnarl-channel that the wrappers stand before, found when the first of them is
 * called. */
#include "interpose/channel.h"
#include <dlfcn.h>
#include <string.h>
#include "interpose/race_sync.h"

struct sn_channel_real sn_channel_real_table;
__typeof__(snarl_order_watch) *sn_channel_watch;

/* Where the library's code lies; both 0 before its first use. */
static uintptr_t library_start, library_size;

#define LIBRARY "libsnarl-channel.so"

/* The library that lies beside this one. */
static void *open_beside(void)
{
	static char path[4096];
	Dl_info here;
	const char *slash = dladdr(path, &here) ? strrchr(here.dli_fname, '/') : NULL;
	size_t n = slash ? (size_t)(slash + 1 - here.dli_fname) : sizeof path;
	if (n + sizeof LIBRARY > sizeof path)
		return NULL;
	memcpy(path, here.dli_fname, n);
	memcpy(path + n, LIBRARY, sizeof LIBRARY);
	return dlopen(path, RTLD_LAZY);
}

/* Where it is not in the program's own scope, a plug-in has brought it into one of its own, or the
 * linker left it out. */
static void *open_library(void)
{
	void *library = dlopen(LIBRARY, RTLD_LAZY);
	return library ? library : open_beside();
}

static void *find(const char *name, void **library)
{
	void *p = *library ? NULL : dlsym(RTLD_NEXT, name);
	if (!p && !*library)
		*library = open_library();
	return p || !*library ? p : dlsym(*library, name);
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
	void *library = NULL;
#define SN_CHANNEL_SYMBOL(name)                                                                    \
	sn_channel_real_table.name = (__typeof__(name) *)find(#name, &library);
#include "interpose/channel.def"
#undef SN_CHANNEL_SYMBOL
	sn_channel_watch = (__typeof__(sn_channel_watch))find("snarl_order_watch", &library);
	sn_race_channel_comes();
	note_place((const void *)(uintptr_t)sn_channel_real_table.snarl_send);
	errno = saved;
}

void sn_channel_start(void)
{
	if (dlsym(RTLD_NEXT, "snarl_send"))
		sn_channel_resolve();
	else
		dlerror(); /* the program is not to hear of it */
}

int sn_channel_is_library(uintptr_t ra)
{
	uintptr_t start = __atomic_load_n(&library_start, __ATOMIC_ACQUIRE);
	return start && ra - start < library_size;
}
