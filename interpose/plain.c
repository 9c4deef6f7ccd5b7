/* SPDX-License-Identifier: Apache-2.0
 *
 * See plain.h. Lines are built in one static buffer; the detector of lock orders runs here, in
 * memory mapped for it. */
#include "interpose/plain.h"
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include "base/foreign.h"
#include "base/names.h"
#include "detect/detect.h"
#include "interpose/shim.h"

static int out, opened, worst;
static struct sn_view view;

/* FILE.<pid>, as the command does, where the program's user may write it. */
static int open_out(void)
{
	char path[SN_OPTION_TEXT_MAX + 32];
	long log = -1;
	snprintf(path, sizeof path, "%s.%u", sn_shim.options.log_path, sn_shim.pid);
	if (*sn_shim.options.log_path)
		log = sn_sys(SYS_openat, AT_FDCWD, path,
			     O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK,
			     0666);
	int errors = sn_shim.report_fd >= 0 ? sn_shim.report_fd : 2;
	if (log < 0)
		log = sn_sys(SYS_fcntl, errors, F_DUPFD_CLOEXEC, 3);
	opened = log >= 0;
	/* A program may have no descriptor left. */
	return opened ? (int)log : errors;
}

__attribute__((format(printf, 1, 2))) static void say(const char *format, ...)
{
	static char line[SN_PATH_MAX + 256];
	va_list list;
	va_start(list, format);
	int n = vsnprintf(line, sizeof line, format, list);
	va_end(list);
	if (out < 0)
		out = open_out();
	if (n > 0)
		sn_sys(SYS_write, out, line, n < (int)sizeof line ? n : (int)sizeof line - 1);
}

/* A foreign text, as it may be printed; good until the next one. */
static const char *shown(const char *text)
{
	static char copy[SN_PATH_MAX];
	sn_foreign_escape(copy, sizeof copy, text, SN_OUTPUT_TEXT);
	return copy;
}

/* The module that an address of a stack of this epoch lay in. */
static const struct sn_module_rec *module_of(uint64_t pc, uint32_t epoch)
{
	for (uint32_t i = 1; i < sn_view_count(&view, SN_TABLE_MODULE); i++) {
		const struct sn_module_rec *m = sn_view_module(&view, i);
		if (pc >= m->start && pc < m->end && m->loaded_epoch <= epoch &&
		    epoch < m->unloaded_epoch)
			return m;
	}
	return NULL;
}

static void say_stack(uint32_t stack)
{
	uint32_t depth, epoch = sn_view_stack(&view, stack)->epoch;
	const uint64_t *pcs = sn_view_stack_pcs(&view, stack, &depth);
	for (uint32_t i = 0; i < depth; i++) {
		const struct sn_module_rec *m = module_of(pcs[i], epoch);
		if (m)
			say("      #%-2u %s+0x%llx\n", i, shown(sn_view_text(&view, m->path)),
			    (unsigned long long)(pcs[i] - m->bias));
		else
			say("      #%-2u 0x%llx\n", i, (unsigned long long)pcs[i]);
	}
}

/* What the thread did, so that its object can follow. */
static const char *deed_of(const struct sn_part *p)
{
	static const char *const deeds[SN_ROLE_COUNT] = {
		[SN_ROLE_HOLDS] = "holds, and took here,",
		[SN_ROLE_WANTS] = "takes",
		[SN_ROLE_WAITS] = "waits for",
		[SN_ROLE_ACQUIRED] = "took",
		[SN_ROLE_UNLOCKED] = "unlocked",
		[SN_ROLE_DESTROYED] = "destroyed, or initialised again,",
		[SN_ROLE_SUBJECT] = "is part of it:",
		[SN_ROLE_SIGNALLED] = "signalled",
		[SN_ROLE_CHECKED] = "looked at the state under",
		[SN_ROLE_WOKEN] = "was woken, and slept again, in its wait for",
		[SN_ROLE_CALLED] = "made a call on",
		[SN_ROLE_BLOCKED] = "was meanwhile in this call on",
		[SN_ROLE_FAILED] = "tried in vain to take",
		[SN_ROLE_CREATED] = "created threads",
		[SN_ROLE_JOINED] = "had joined or detached",
		[SN_ROLE_INTERRUPTED] = "was interrupted by the signal handler",
	};
	if (p->role == SN_ROLE_SIGNALLED && p->flags & SN_PART_BROADCAST)
		return "broadcast to";
	return p->role < SN_ROLE_COUNT && deeds[p->role] ? deeds[p->role] : "has to do with";
}

static void say_object(const struct sn_part *p)
{
	if (p->object && p->object_is_thread)
		say(" the end of T%u", sn_view_thread(&view, p->object)->serial);
	else if (p->object)
		say(" %s 0x%llx", sn_lock_type_name(sn_view_lock(&view, p->object)->type),
		    (unsigned long long)sn_view_lock(&view, p->object)->address);
}

static void say_part(const struct sn_part *p)
{
	const struct sn_thread_rec *t = sn_view_thread(&view, p->thread);
	char name[sizeof t->name + 1] = "";
	memcpy(name, t->name, sizeof t->name);
	if (p->thread)
		say("    T%u (%s) %s", t->serial, shown(name), deed_of(p));
	else
		say("    somebody %s", deed_of(p));
	say_object(p);
	if (p->more)
		say(", as do %u more threads", p->more);
	if (p->number)
		say(" [%u]", p->number);
	say("\n");
	say_stack(p->stack);
}

static void say_finding(struct sn_sink *sink, const struct sn_finding *f)
{
	(void)sink;
	if (f->verdict == SN_REFUTED)
		return;
	worst = (int)f->verdict > worst ? (int)f->verdict : worst;
	say("==snarl== %s (%s): %s\n", sn_kind_name(f->kind), sn_verdict_name(f->verdict),
	    sn_why_text(f->why));
	for (uint32_t i = 0; i < f->part_count; i++)
		say_part(&f->parts[i]);
}

static void say_recorded(struct sn_sink *sink)
{
	static struct sn_finding f;
	for (uint32_t i = 1; i < sn_view_count(&view, SN_TABLE_FINDING); i++) {
		const struct sn_finding_rec *r = sn_view_finding(&view, i);
		if (!r->count)
			continue;
		sn_finding_start(&f, r->kind, r->verdict, r->why);
		for (uint32_t p = 0; p < r->part_count; p++)
			sn_finding_add(&f, *sn_view_part(&view, r->first_part + p));
		sink->emit(sink, &f);
	}
}

static void *map(struct sn_memory *m, void *old, size_t old_size, size_t size)
{
	(void)m;
	long p = old ? sn_sys(SYS_mremap, old, old_size, size, MREMAP_MAYMOVE)
		     : sn_sys(SYS_mmap, 0, size, PROT_READ | PROT_WRITE,
			      MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	return p < 0 && p > -4096 ? NULL : (void *)p;
}

static void unmap(struct sn_memory *m, void *p, size_t size)
{
	(void)m;
	if (p)
		sn_sys(SYS_munmap, p, size);
}

struct sn_memory *sn_plain_memory(void)
{
	static struct sn_memory memory = {map, unmap};
	return &memory;
}

int sn_plain_report(const char *why)
{
	struct sn_sink sink = {.emit = say_finding};
	out = -1;
	worst = SN_REFUTED;
	sn_recorder_view(&sn_shim.recorder, &view);
	say_recorded(&sink);
	sn_detect_order(&view, sn_plain_memory(), &sink);
	sn_detect_progress(&view, &sn_shim.options, sn_now(), &sink);
	if (worst && why)
		say("snarl: %s, but `snarl report %s` tells more\n", why,
		    shown(sn_shim.recorder.path));
	if (out >= 0 && opened)
		sn_sys(SYS_close, out);
	return worst;
}
