/* SPDX-License-Identifier: Apache-2.0
 *
 * An allocator for preloads.py that, like tcmalloc, runs a once control on its first allocation
 * while it holds a lock of its own: whatever is done there must not allocate, or it waits for ever.
 */
// cflags: -fno-builtin
#include <pthread.h>
#include <stdint.h>
#include <string.h>

void *malloc(size_t n);
void free(void *p);
void *calloc(size_t n, size_t size);
void *realloc(void *old, size_t n);

#define POOL (1u << 28)
#define HEADER 16u

static unsigned char pool[POOL] __attribute__((aligned(16)));
static size_t used;
static char busy;
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void set_up(void)
{
	used = HEADER;
}

/* Each block is preceded by its size; nothing is ever given back. */
void *malloc(size_t n)
{
	size_t whole = (n + HEADER + 15) & ~(size_t)15;
	void *p = NULL;
	while (__atomic_test_and_set(&busy, __ATOMIC_ACQUIRE))
		__builtin_ia32_pause();
	pthread_once(&once, set_up);
	if (n < POOL && whole <= POOL - used) {
		memcpy(pool + used, &n, sizeof n);
		p = pool + used + HEADER;
		used += whole;
	}
	__atomic_clear(&busy, __ATOMIC_RELEASE);
	return p;
}

void free(void *p)
{
	(void)p;
}

void *calloc(size_t n, size_t size)
{
	return size && n > SIZE_MAX / size ? NULL : malloc(n * size);
}

void *realloc(void *old, size_t n)
{
	size_t had = 0;
	void *p = malloc(n);
	if (old)
		memcpy(&had, (unsigned char *)old - HEADER, sizeof had);
	if (p && had)
		memcpy(p, old, had < n ? had : n);
	return p;
}
