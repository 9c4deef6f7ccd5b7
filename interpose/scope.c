/* SPDX-License-Identifier: Apache-2.0
 *
 * Scopes: a test, or a part of one.  A thread belongs to the scope of the thread that created it,
 * and to those that it begins itself, so that what happens in tests that run side by side is told
 * of the right one.  At a scope's end what belongs to it is judged here as far as it takes no
 * symbols; whether it is allowed or expected, and how it is told, the command says. */
#include "interpose/notes.h"
#include <snarl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include "base/names.h"
#include "interpose/process.h"

/* What the thread's last judgement found: a mapping of the thread's own. */
static __thread char *told __attribute__((tls_model("initial-exec")));
static __thread size_t told_bytes __attribute__((tls_model("initial-exec")));

const char *sn_scope_text(void)
{
	return told ? told : "";
}

static void forget_text(void)
{
	if (told)
		sn_sys(SYS_munmap, told, told_bytes);
	told = NULL;
}

/* What has been written to the file, as a string. */
static void take_text(int fd)
{
	struct stat st;
	if (sn_sys(SYS_fstat, fd, &st) || st.st_size <= 0)
		return;
	/* The rest of the page, or another one, ends the string. */
	size_t bytes = (size_t)st.st_size + 1;
	long p = sn_sys(SYS_mmap, 0, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1,
			0);
	if (p < 0 && p > -4096)
		return;
	for (size_t done = 0; done < bytes - 1;) {
		long n = sn_sys(SYS_pread64, fd, (char *)p + done, bytes - 1 - done, done);
		if (n <= 0)
			break;
		done += (size_t)n;
	}
	told = (char *)p;
	told_bytes = bytes;
}

static int is_mine(const struct sn_self *self, const struct sn_note_rec *n)
{
	return n->what == SN_NOTE_SCOPE && n->serial == self->rec->serial;
}

void sn_scope_begin(const char *name)
{
	struct sn_site site = SN_SITE;
	struct sn_self *self = sn_self_get(site.cfa);
	int saved = errno;
	if (!self)
		return;
	uint32_t scope = sn_note_add(self,
				     (struct sn_note_rec){.what = SN_NOTE_SCOPE,
							  .scope = self->rec->scope,
							  .value = self->rec->held_count},
				     name ? name : "", site);
	if (scope)
		self->rec->scope = scope;
	errno = saved;
}

/* The kind by its name, and one: 0 for any; -1 unknown. */
static int kind_of(const char *name)
{
	if (!name || !strcmp(name, "*"))
		return 0;
	int kind = sn_kind_by_name(name);
	return kind < 0 ? -1 : kind + 1;
}

static int say(uint32_t what, const char *kind, const char *pattern, struct sn_site site)
{
	struct sn_self *self = sn_self_get(site.cfa);
	int saved = errno, number = kind_of(kind);
	if (!self || number < 0)
		return SNARL_UNKNOWN;
	uint32_t note = sn_note_add(self,
				    (struct sn_note_rec){.what = what,
							 .scope = self->rec->scope,
							 .kind = (uint32_t)number},
				    pattern ? pattern : "*", site);
	errno = saved;
	return note ? 0 : SNARL_UNKNOWN;
}

int sn_scope_expect(const char *kind, const char *pattern)
{
	return say(SN_NOTE_EXPECT, kind, pattern, SN_SITE);
}

int sn_scope_allow(const char *kind, const char *pattern)
{
	return say(SN_NOTE_ALLOW, kind, pattern, SN_SITE);
}

int sn_scope_is_in(uint32_t scope, uint32_t whole)
{
	const struct sn_recorder *r = &sn_shim.recorder;
	while (scope && scope != whole) {
		const struct sn_note_rec *n = sn_rec_note(r, scope);
		if (n->ended)
			return 0;
		scope = n->scope;
	}
	return scope == whole;
}

/* Whether there is anything that the command would have to look at. */
static int is_worth_asking(uint32_t scope)
{
	const struct sn_recorder *r = &sn_shim.recorder;
	for (uint32_t i = 1; i < r->header->tables[SN_TABLE_FINDING].used; i++) {
		const struct sn_finding_rec *f = sn_rec_finding(r, i);
		if (f->count && f->verdict != SN_REFUTED && sn_scope_is_in(f->scope, scope))
			return 1;
	}
	for (uint32_t i = 1; i < r->header->tables[SN_TABLE_NOTE].used; i++) {
		const struct sn_note_rec *n = sn_rec_note(r, i);
		if (n->what == SN_NOTE_EXPECT && sn_scope_is_in(n->scope, scope))
			return 1;
	}
	return 0;
}

/* Asks the command: 1 where something is to be told. */
static int ask(struct sn_self *self, uint32_t scope)
{
	static const char nameless[] =
		"snarl: findings that could not be told: `snarl report` does\n";
	long fd = sn_sys(SYS_memfd_create, "snarl-scope", MFD_CLOEXEC);
	uint32_t state = self->state;
	int status;
	sn_busy_begin(self, (uintptr_t)__builtin_frame_address(0));
	status = fd < 0 ? -1 : sn_process_tell_scope(scope, (int)fd);
	if (fd >= 0) {
		if (status < 0)
			sn_sys(SYS_write, fd, nameless, sizeof nameless - 1);
		if (status)
			take_text((int)fd);
		sn_sys(SYS_close, fd);
	}
	self->state = state;
	return status != 0;
}

static int judge(struct sn_self *self, uint32_t scope)
{
	forget_text();
	sn_scope_leaks(self, scope);
	sn_scope_orders(self, scope);
	return is_worth_asking(scope) && ask(self, scope);
}

int sn_scope_check(void)
{
	struct sn_self *self = sn_self_get(SN_CALLER_CFA);
	int saved = errno, found = self ? judge(self, self->rec->scope) : 0;
	errno = saved;
	return found;
}

int sn_scope_end(void)
{
	struct sn_self *self = sn_self_get(SN_CALLER_CFA);
	int saved = errno;
	uint32_t scope = self ? self->rec->scope : 0;
	if (!scope || !is_mine(self, sn_rec_note(&sn_shim.recorder, scope)))
		return 0;
	int found = judge(self, scope);
	struct sn_note_rec *n = sn_rec_note(&sn_shim.recorder, scope);
	__atomic_store_n(&n->ended, 1, __ATOMIC_RELEASE);
	self->rec->scope = n->scope;
	errno = saved;
	return found;
}
