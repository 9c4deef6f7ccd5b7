/* SPDX-License-Identifier: Apache-2.0
 *
 * A plug-in that brings GLib along; loaded by glib_late. */
// needs: glib
#include <glib.h>

int plugin_nested(int backwards);
void plugin_wait(void);
void plugin_wake(void);

static GMutex one, two;
static GCond cond;
static int ready;

int plugin_nested(int backwards)
{
	int free_then;
	g_mutex_lock(backwards ? &two : &one);
	g_mutex_lock(backwards ? &one : &two);
	free_then = g_mutex_trylock(&one) || g_mutex_trylock(&two);
	g_mutex_unlock(backwards ? &one : &two);
	g_mutex_unlock(backwards ? &two : &one);
	return free_then;
}

void plugin_wait(void)
{
	g_mutex_lock(&one);
	while (!ready)
		g_cond_wait(&cond, &one);
	g_mutex_unlock(&one);
}

void plugin_wake(void)
{
	g_mutex_lock(&one);
	ready = 1;
	g_cond_signal(&cond);
	g_mutex_unlock(&one);
}
