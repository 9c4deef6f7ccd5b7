/* SPDX-License-Identifier: Apache-2.0
 *
 * GLib comes late, and into the scope of a plug-in alone, where dlsym(RTLD_NEXT) does not find it.
 * Who has asked dlerror meanwhile is told of no failure. */
// needs: glib
// libs: -ldl
// variants: both one
// expect[both]: lock-order-inversion predicted
// expect[one]: silent
#include <dlfcn.h>
#include <limits.h>
#include "case.h"

static int (*nested)(int);
static void (*plugin_wait)(void);
static void (*plugin_wake)(void);
static int backwards;

static void *first(void *unused)
{
	CHECK(!nested(0));
	plugin_wake();
	turn_next();
	turn_reached(2);
	return unused;
}

static void *second(void *unused)
{
	turn_reached(1);
	plugin_wait();
	CHECK(!nested(backwards));
	turn_next();
	return unused;
}

static void load(void)
{
	char path[PATH_MAX];
	ssize_t length = readlink("/proc/self/exe", path, sizeof path - 32);
	CHECK(length > 0);
	path[length] = 0;
	strcpy(strrchr(path, '/'), "/glib_plugin.so");
	void *plugin = dlopen(path, RTLD_NOW | RTLD_LOCAL);
	CHECK(plugin);
	nested = (int (*)(int))dlsym(plugin, "plugin_nested");
	plugin_wait = (void (*)(void))dlsym(plugin, "plugin_wait");
	plugin_wake = (void (*)(void))dlsym(plugin, "plugin_wake");
	CHECK(nested && plugin_wait && plugin_wake);
}

int main(int argc, char **argv)
{
	pthread_t one, two;
	backwards = argc < 2 || !strcmp(argv[1], "both");
	load();
	START(&one, first, NULL);
	START(&two, second, NULL);
	JOIN(one);
	JOIN(two);
	CHECK(!dlerror());
	puts("done");
	return 0;
}
