/* SPDX-License-Identifier: Apache-2.0
 *
 * Resolution of the real functions.  dlsym may allocate, and a preloaded allocator may lock a mutex
 * in doing so: until the table is filled those few calls go to glibc's own aliases, which need no
 * resolution. */
#include "interpose/real.h"
#include <dlfcn.h>
#include <stddef.h>
#include "interpose/shim.h"

/* glibc keeps these for binaries of old; by version they can still be bound to. */
int sn_early_init(pthread_mutex_t *, const pthread_mutexattr_t *);
int sn_early_destroy(pthread_mutex_t *);
int sn_early_lock(pthread_mutex_t *);
int sn_early_trylock(pthread_mutex_t *);
int sn_early_unlock(pthread_mutex_t *);
int sn_early_munmap(void *, size_t);
int sn_early_key_create(pthread_key_t *, void (*)(void *));
ssize_t sn_early_read(int, void *, size_t);
ssize_t sn_early_write(int, const void *, size_t);
__asm__(".symver sn_early_init, __pthread_mutex_init@GLIBC_2.2.5");
__asm__(".symver sn_early_destroy, __pthread_mutex_destroy@GLIBC_2.2.5");
__asm__(".symver sn_early_lock, __pthread_mutex_lock@GLIBC_2.2.5");
__asm__(".symver sn_early_trylock, __pthread_mutex_trylock@GLIBC_2.2.5");
__asm__(".symver sn_early_unlock, __pthread_mutex_unlock@GLIBC_2.2.5");
__asm__(".symver sn_early_key_create, __pthread_key_create@GLIBC_2.2.5");
__asm__(".symver sn_early_read, __read@GLIBC_2.2.5");
__asm__(".symver sn_early_write, __write@GLIBC_2.2.5");

struct sn_real sn_real_table = {
	.pthread_mutex_init = sn_early_init,
	.pthread_mutex_destroy = sn_early_destroy,
	.pthread_mutex_lock = sn_early_lock,
	.pthread_mutex_trylock = sn_early_trylock,
	.pthread_mutex_unlock = sn_early_unlock,
	.pthread_key_create = sn_early_key_create,
	.read = sn_early_read,
	.munmap = sn_early_munmap,
	.write = sn_early_write,
};

/* An allocator's; of munmap glibc keeps no other name. */
int sn_early_munmap(void *address, size_t bytes)
{
	long result = sn_sys(SYS_munmap, address, bytes);
	if (!result)
		return 0;
	errno = (int)-result;
	return -1;
}

static void *find(const char *name, const char *version)
{
	void *p = version ? dlvsym(RTLD_NEXT, name, version) : NULL;
	return p ? p : dlsym(RTLD_NEXT, name);
}

void sn_real_resolve(void)
{
	int saved = errno;
	void *p;
#define SN_SYMBOL(name, result, parameters)                                                        \
	p = find(#name, NULL);                                                                     \
	if (p)                                                                                     \
		sn_real_table.name = (__typeof__(sn_real_table.name))p;
#include "interpose/symbols.def"
#undef SN_SYMBOL
	/* Two generations of condition variables with different layouts; x86-64 alone has the old
	 * one. */
#define BOTH(name)                                                                                 \
	p = find("pthread_cond_" #name, "GLIBC_2.3.2");                                            \
	sn_real_table.cond_##name = (__typeof__(sn_real_table.cond_##name))p;                      \
	p = find("pthread_cond_" #name, "GLIBC_2.2.5");                                            \
	sn_real_table.cond_##name##_old = (__typeof__(sn_real_table.cond_##name##_old))p;
	BOTH(wait)
	BOTH(timedwait)
	BOTH(init)
	BOTH(destroy)
	BOTH(signal)
	BOTH(broadcast)
#undef BOTH
	errno = saved;
}
