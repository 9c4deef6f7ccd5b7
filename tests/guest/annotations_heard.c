/* SPDX-License-Identifier: Apache-2.0
 *
 * A program's own run-time library for annotations of locks hears every call of them, in order, and
 * its answers are the program's. */
// expect: silent
// libs: -ldl
#include <dlfcn.h>
#include <limits.h>
#include "case.h"

static void *find(const char *name)
{
	void *p = dlsym(RTLD_DEFAULT, name);
	CHECK(p);
	return p;
}

static void load(void)
{
	char path[PATH_MAX];
	ssize_t length = readlink("/proc/self/exe", path, sizeof path - 32);
	CHECK(length > 0);
	path[length] = 0;
	strcpy(strrchr(path, '/'), "/annotations.so");
	CHECK(dlopen(path, RTLD_NOW | RTLD_GLOBAL));
}

int main(void)
{
	int lock = 0;
	load();
	void (*create)(void *, unsigned) = (void (*)(void *, unsigned))find("__tsan_mutex_create");
	void (*pre)(void *, unsigned) = (void (*)(void *, unsigned))find("__tsan_mutex_pre_lock");
	void (*post)(void *, unsigned, int) =
		(void (*)(void *, unsigned, int))find("__tsan_mutex_post_lock");
	int (*before)(void *, unsigned) =
		(int (*)(void *, unsigned))find("__tsan_mutex_pre_unlock");
	void (*after)(void *, unsigned) =
		(void (*)(void *, unsigned))find("__tsan_mutex_post_unlock");
	void (*destroy)(void *, unsigned) =
		(void (*)(void *, unsigned))find("__tsan_mutex_destroy");
	create(&lock, 0);
	pre(&lock, 8);
	post(&lock, 8, 0);
	printf("%d\n", before(&lock, 8));
	after(&lock, 8);
	destroy(&lock, 0);
	printf("%lx\n", *(unsigned long *)find("heard"));
	return 0;
}
