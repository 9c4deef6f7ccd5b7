/* SPDX-License-Identifier: Apache-2.0
 *
 * The simple part of snarl.h: questions, names, declarations, and what happens where an assertion
 * of it fails; and the table by which a program finds all of it. */
#include "interpose/notes.h"
#include "interpose/identity.h"
#include <snarl.h>
#include <stdio.h>
#include <string.h>

static int held_by_me(const volatile void *lock)
{
	struct sn_self *self = sn_self_get(SN_CALLER_CFA);
	uint32_t known = self ? sn_identity_at(self, (const void *)lock) : 0;
	if (!self)
		return SNARL_UNKNOWN;
	return known && sn_held_find(self, known) != UINT32_MAX;
}

static int holds(const struct sn_view *v, const struct sn_thread_rec *t, uint32_t lock)
{
	if (t->state != SN_THREAD_RUNNING)
		return 0;
	for (uint32_t i = 0; i < t->held_count; i++)
		if (sn_view_thread_held(v, t, i)->lock == lock)
			return 1;
	return 0;
}

static long holder(const volatile void *lock)
{
	struct sn_self *self = sn_self_get(SN_CALLER_CFA);
	uint32_t known = self ? sn_identity_at(self, (const void *)lock) : 0;
	struct sn_view v;
	if (!self)
		return SNARL_UNKNOWN;
	sn_recorder_view(&sn_shim.recorder, &v);
	for (uint32_t i = 1; known && i < sn_view_count(&v, SN_TABLE_THREAD); i++)
		if (holds(&v, sn_view_thread(&v, i), known))
			return (long)sn_view_thread(&v, i)->tid;
	return 0;
}

/* An object that has not been used yet, and needed no initialisation, is known by its address. */
static void name(const volatile void *object, const char *text)
{
	struct sn_site site = SN_SITE;
	struct sn_self *self = sn_self_get(site.cfa);
	struct sn_note_rec n = {.what = SN_NOTE_NAME, .address = (uintptr_t)object};
	int saved = errno;
	if (!self || !object || !text)
		return;
	sn_note_object(self, object, &n.object, &n.generation);
	sn_note_add(self, n, text, site);
	errno = saved;
}

static void service_thread(void)
{
	struct sn_self *self = sn_self_get(SN_CALLER_CFA);
	if (self)
		__atomic_fetch_or(&self->rec->flags, SN_THREAD_SERVICE, __ATOMIC_RELAXED);
}

static void ordered(const volatile void *a, const volatile void *b, const char *reason)
{
	struct sn_site site = SN_SITE;
	struct sn_self *self = sn_self_get(site.cfa);
	struct sn_note_rec n = {.what = SN_NOTE_ORDERED, .address = (uintptr_t)a};
	int saved = errno;
	if (!self)
		return;
	sn_note_object(self, a, &n.object, &n.generation);
	sn_note_object(self, b, &n.second, &n.second_generation);
	n.value = (uint32_t)(uintptr_t)b;
	n.kind = (uint32_t)((uintptr_t)b >> 32);
	sn_note_add(self, n, reason, site);
	errno = saved;
}

static struct {
	void (*call)(const char *file, int line, const char *text, void *context);
	void *context;
} failure;

static void on_failure(void (*call)(const char *file, int line, const char *text, void *context),
		       void *context)
{
	failure.context = context;
	__atomic_store_n(&failure.call, call, __ATOMIC_RELEASE);
}

static void fail(const char *file, int line, const char *text)
{
	void (*call)(const char *, int, const char *, void *) =
		__atomic_load_n(&failure.call, __ATOMIC_ACQUIRE);
	static const char newline[] = "\n";
	char place[512];
	if (call) {
		call(file, line, text, failure.context);
		return;
	}
	int n = snprintf(place, sizeof place, "%s:%d: ", file, line);
	sn_sys(SYS_write, 2, place, n < (int)sizeof place ? n : (int)sizeof place - 1);
	sn_sys(SYS_write, 2, text, strlen(text));
	sn_sys(SYS_write, 2, newline, *text && text[strlen(text) - 1] == '\n' ? 0 : 1);
	abort();
}

SN_EXPORT const struct snarl_api snarl_api_v1 = {
	.size = sizeof(struct snarl_api),
	.held_by_me = held_by_me,
	.holder = holder,
	.name = name,
	.service_thread = service_thread,
	.lock_level = sn_level_say,
	.ordered = ordered,
	.scope_begin = sn_scope_begin,
	.scope_end = sn_scope_end,
	.check = sn_scope_check,
	.text = sn_scope_text,
	.expect = sn_scope_expect,
	.allow = sn_scope_allow,
	.on_failure = on_failure,
	.fail = fail,
};
