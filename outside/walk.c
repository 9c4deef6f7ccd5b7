/* SPDX-License-Identifier: Apache-2.0
 *
 * See remote.h. Frames are found by libdwfl from the call frame information of the files alone:
 * debug information is neither needed nor looked for.  The stack is copied first, at a moment at
 * which the thread is known to stand still: what the walk reads is of one moment, however long it
 * takes. */
#include "outside/remote.h"
#include "base/asleep.h"
#include "base/call_site.h"

#include <elfutils/libdwfl.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "outside/stop.h"

/* x86-64's numbers of registers in DWARF. */
#define DWARF_REGISTERS 17
#define DWARF_RSP 7

/* A thread that does not stand still is tried so often. */
#define ATTEMPTS 3

struct sn_walker {
	uint32_t pid;
	Dwfl *dwfl;
	struct sn_remote *r; /* who is being walked */
	Dwarf_Word registers[DWARF_REGISTERS];
	int all; /* they are known; else only pc and sp are */
	int denied;
	int rules; /* of the last frame; where it had none libdwfl takes the frame pointer */
	struct sn_stack_copy stack;
};

static void take_registers(struct sn_walker *w, const struct user_regs_struct *u)
{
	const unsigned long long values[DWARF_REGISTERS] = {
		u->rax, u->rdx, u->rcx, u->rbx, u->rsi, u->rdi, u->rbp, u->rsp, u->r8,
		u->r9,  u->r10, u->r11, u->r12, u->r13, u->r14, u->r15, u->rip};

	for (int i = 0; i < DWARF_REGISTERS; i++)
		w->registers[i] = values[i];
	w->all = 1;
}

static pid_t next_thread(Dwfl *dwfl, void *arg, void **thread_arg)
{
	struct sn_walker *w = arg;

	(void)dwfl;
	if (*thread_arg)
		return 0;
	*thread_arg = w;
	return (pid_t)w->r->tid;
}

static bool get_thread(Dwfl *dwfl, pid_t tid, void *arg, void **thread_arg)
{
	(void)dwfl;
	(void)tid;
	*thread_arg = arg;
	return true;
}

static bool read_memory(Dwfl *dwfl, Dwarf_Addr address, Dwarf_Word *result, void *arg)
{
	const struct sn_walker *w = arg;
	const struct sn_stack_copy *s = &w->stack;

	(void)dwfl;
	if (address >= s->start && address - s->start + sizeof(*result) <= s->size) {
		memcpy(result, s->bytes + (address - s->start), sizeof(*result));
		return true;
	}
	return !sn_peek(w->pid, address, result, sizeof(*result));
}

static bool set_registers(Dwfl_Thread *thread, void *arg)
{
	const struct sn_walker *w = arg;

	if (w->all)
		return dwfl_thread_state_registers(thread, 0, DWARF_REGISTERS, w->registers);
	dwfl_thread_state_register_pc(thread, w->r->pc);
	return dwfl_thread_state_registers(thread, DWARF_RSP, 1, &w->registers[DWARF_RSP]);
}

enum rules {
	RULES_NONE, /* no call frame information */
	RULES_CALL,
	RULES_SIGNAL, /* of what a signal handler returns to */
};

static enum rules rules_at(struct sn_walker *w, Dwarf_Addr pc)
{
	Dwfl_Module *module = dwfl_addrmodule(w->dwfl, pc);
	Dwarf_Addr bias = 0;
	Dwarf_CFI *cfi = module ? dwfl_module_eh_cfi(module, &bias) : NULL;
	Dwarf_Frame *frame;
	bool is_signal = false;

	if (!cfi || dwarf_cfi_addrframe(cfi, pc - bias, &frame))
		return RULES_NONE;
	dwarf_frame_info(frame, NULL, NULL, &is_signal);
	free(frame);
	return is_signal ? RULES_SIGNAL : RULES_CALL;
}

static int follows_call(const struct sn_walker *w, uint64_t pc)
{
	uint8_t before[SN_CALL_SITE_BYTES];

	return !sn_peek(w->pid, pc - sizeof(before), before, sizeof(before)) &&
	       sn_is_call_site(before);
}

/* What was found by the frame pointer may be anything, where rbp is used for something else. */
static int take_frame(Dwfl_Frame *frame, void *arg)
{
	struct sn_walker *w = arg;
	struct sn_remote *r = w->r;
	enum rules rules;
	Dwarf_Addr pc;
	bool is_at; /* the thread is at this very instruction; else it returns to it */

	if (!dwfl_frame_pc(frame, &pc, &is_at) || !pc)
		return DWARF_CB_ABORT;
	rules = rules_at(w, is_at ? pc : pc - 1);
	if (w->rules == RULES_NONE && rules != RULES_SIGNAL && !follows_call(w, pc))
		return DWARF_CB_ABORT;
	/* That after a signal frame is read as the instruction itself. */
	r->pcs[r->depth++] = is_at && w->rules != RULES_SIGNAL ? pc + 1 : pc;
	w->rules = rules;
	return r->depth < SN_REMOTE_FRAMES ? DWARF_CB_OK : DWARF_CB_ABORT;
}

static int no_debuginfo(Dwfl_Module *module, void **user, const char *name, Dwarf_Addr base,
			const char *file, const char *link, GElf_Word crc, char **found)
{
	(void)module, (void)user, (void)name, (void)base;
	(void)file, (void)link, (void)crc, (void)found;
	return -1;
}

static int attach(struct sn_walker *w)
{
	static const Dwfl_Callbacks callbacks = {.find_elf = dwfl_linux_proc_find_elf,
						 .find_debuginfo = no_debuginfo};

	w->dwfl = dwfl_begin(&callbacks);
	if (!w->dwfl)
		return -1;
	dwfl_report_begin(w->dwfl);
	return dwfl_linux_proc_report(w->dwfl, (pid_t)w->pid) ||
	       dwfl_report_end(w->dwfl, NULL, NULL);
}

/* The state of threads may be given once only, and needs the first one that is walked. */
static int attach_state(struct sn_walker *w)
{
	static const Dwfl_Thread_Callbacks threads = {
		.next_thread = next_thread,
		.get_thread = get_thread,
		.memory_read = read_memory,
		.set_initial_registers = set_registers,
	};

	return dwfl_pid(w->dwfl) > 0 ||
	       dwfl_attach_state(w->dwfl, NULL, (pid_t)w->pid, &threads, w);
}

struct sn_walker *sn_walker_open(uint32_t pid)
{
	struct sn_walker *w = calloc(1, sizeof(*w));

	if (!w)
		return NULL;
	w->pid = pid;
	if (!attach(w))
		return w;
	sn_walker_close(w);
	return NULL;
}

void sn_walker_close(struct sn_walker *w)
{
	if (!w)
		return;
	if (w->dwfl)
		dwfl_end(w->dwfl);
	free(w->stack.bytes);
	free(w);
}

static int is_same(const struct sn_remote *a, const struct sn_remote *b)
{
	return !b->running && a->system_call == b->system_call && a->sp == b->sp &&
	       a->pc == b->pc && !memcmp(a->argument, b->argument, sizeof(a->argument));
}

/* The stack of a thread that is asleep in the kernel before and after it is copied. */
static int copy_asleep(struct sn_walker *w)
{
	struct sn_remote again;

	for (int i = 0; i < ATTEMPTS; i++) {
		if (!w->r->sp || sn_stack_copy(&w->stack, w->pid, w->r->sp) ||
		    sn_remote_ask(&again, w->pid, w->r->tid))
			return -1;
		if (is_same(w->r, &again))
			return 0;
		*w->r = again;
		if (again.running)
			return -1;
	}
	return -1;
}

/* Registers and stack of a thread that is stopped for it. */
static int copy_stopped(struct sn_walker *w, enum sn_walk how)
{
	struct user_regs_struct u;
	int rc = sn_stop_and_copy(w->pid, w->r->tid, how == SN_WALK_LAST, &u, &w->stack);

	w->denied |= rc == -EPERM;
	if (rc)
		return rc;
	take_registers(w, &u);
	return 0;
}

/* One that ran may have fallen asleep before it could be stopped, and may not be then. */
static int copy(struct sn_walker *w, enum sn_walk how)
{
	struct sn_remote again;

	for (int i = 0; i < ATTEMPTS; i++) {
		int stop = how == SN_WALK_LAST || (how == SN_WALK_GENTLY && w->r->running);

		if (stop && !copy_stopped(w, how))
			return 0;
		if (!w->r->running && !copy_asleep(w))
			return 0;
		if (w->denied || sn_remote_ask(&again, w->pid, w->r->tid))
			return -1;
		*w->r = again;
	}
	return -1;
}

uint32_t sn_walker_walk(struct sn_walker *w, struct sn_remote *r, enum sn_walk how)
{
	r->depth = 0;
	w->r = r;
	w->all = 0;
	if (copy(w, how))
		return 0;
	if (!w->all)
		w->registers[DWARF_RSP] = r->sp;
	if (!attach_state(w))
		return 0;
	w->rules = RULES_CALL;
	dwfl_getthread_frames(w->dwfl, (pid_t)r->tid, take_frame, w);
	return r->depth;
}

int sn_walker_is_denied(const struct sn_walker *w)
{
	return w->denied;
}

uint32_t sn_remote_walk(struct sn_remote *r)
{
	struct sn_walker *w = sn_walker_open(r->pid);

	r->depth = 0;
	if (w)
		sn_walker_walk(w, r, SN_WALK_GENTLY);
	sn_walker_close(w);
	return r->depth;
}

int sn_walker_module(struct sn_walker *w, uint64_t address, struct sn_mapped *m)
{
	Dwfl_Module *module = dwfl_addrmodule(w->dwfl, address);
	const unsigned char *id = NULL;
	GElf_Addr where;
	Dwarf_Addr start, end;
	const char *name, *file = NULL;
	int n;

	if (!module)
		return -ENOENT;
	*m = (struct sn_mapped){0};
	if (!dwfl_module_getelf(module, &m->bias))
		return -ENOENT;
	name = dwfl_module_info(module, NULL, &start, &end, NULL, NULL, &file, NULL);
	n = dwfl_module_build_id(module, &id, &where);
	m->start = start;
	m->end = end;
	m->path = file ? file : name ? name : "";
	m->build_id = id;
	m->build_id_size = n > 0 ? (uint32_t)n : 0;
	return 0;
}
