/* SPDX-License-Identifier: Apache-2.0
 *
 * A library that locks in its constructor, its destructor and the destructor of its thread-specific
 * data.  Loaded and unloaded by dlopen_dlclose. */
#include <pthread.h>

void *plugin_use(void *unused);
static pthread_mutex_t outer = PTHREAD_MUTEX_INITIALIZER, inner = PTHREAD_MUTEX_INITIALIZER;
static pthread_key_t key;
static int uses;

static void nested(void)
{
	pthread_mutex_lock(&outer);
	pthread_mutex_lock(&inner);
	uses++;
	pthread_mutex_unlock(&inner);
	pthread_mutex_unlock(&outer);
}

static void forget(void *value)
{
	if (value)
		nested();
}

__attribute__((constructor)) static void load(void)
{
	pthread_key_create(&key, forget);
	nested();
}

__attribute__((destructor)) static void unload(void)
{
	nested();
	pthread_key_delete(key);
}

void *plugin_use(void *unused)
{
	pthread_setspecific(key, &uses);
	nested();
	return unused ? NULL : &uses;
}
