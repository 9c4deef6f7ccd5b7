/* SPDX-License-Identifier: Apache-2.0
 *
 * See remote.h. Frames are found by libdwfl from the call frame information of the files alone:
 * debug information is neither needed nor looked for. */
#include "report/remote.h"
#include "base/asleep.h"

#include <elfutils/libdwfl.h>
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <time.h>

/* x86-64's numbers of registers in DWARF. */
#define DWARF_REGISTERS 17
#define DWARF_RSP 7

/* How deep under its caller's frame a call may be in the C library. */
#define CALL_BYTES 16384u

int sn_remote_ask(struct sn_remote *r, uint32_t pid, uint32_t tid)
{
	char path[64], text[256];
	unsigned long long a[6], sp, pc;
	long number;
	FILE *f;
	size_t n;

	*r = (struct sn_remote){.pid = pid, .tid = tid};
	snprintf(path, sizeof(path), "/proc/%u/task/%u/syscall", pid, tid);
	f = fopen(path, "re");
	if (!f)
		return -errno;
	n = fread(text, 1, sizeof(text) - 1, f);
	fclose(f);
	text[n] = '\0';
	if (!strncmp(text, "running", 7)) {
		r->running = 1;
		return 0;
	}
	if (sscanf(text, "-1 %llx %llx", &sp, &pc) == 2) {
		/* It is in the kernel, for a page or for its turn. */
		r->sp = sp;
		r->pc = pc;
		return 0;
	}
	if (sscanf(text, "%ld %llx %llx %llx %llx %llx %llx %llx %llx", &number, &a[0], &a[1],
		   &a[2], &a[3], &a[4], &a[5], &sp, &pc) != 9)
		return -ENODATA;
	r->system_call = (uint32_t)number + 1;
	for (int i = 0; i < 6; i++)
		r->argument[i] = a[i];
	r->sp = sp;
	r->pc = pc;
	return 0;
}

int sn_remote_returns_to(const struct sn_remote *r, uint64_t ra)
{
	uint64_t words[512];

	for (uint32_t at = 0; r->sp && at < CALL_BYTES; at += sizeof(words)) {
		uint32_t n = sizeof(words);
		/* The stack may end before. */
		while (n > 64 && sn_peek(r->pid, r->sp + at, words, n))
			n /= 2;
		if (n <= 64)
			return 0;
		for (uint32_t i = 0; i < n / 8; i++)
			if (words[i] == ra)
				return 1;
		if (n < sizeof(words))
			return 0;
	}
	return 0;
}

/* The registers of the walk, by their numbers in DWARF; only pc and sp of a sleeping thread. */
struct walk {
	struct sn_remote *r;
	Dwarf_Word registers[DWARF_REGISTERS];
	int all;
};

static void take_registers(struct walk *w, const struct user_regs_struct *u)
{
	const unsigned long long values[DWARF_REGISTERS] = {
		u->rax, u->rdx, u->rcx, u->rbx, u->rsi, u->rdi, u->rbp, u->rsp, u->r8,
		u->r9,  u->r10, u->r11, u->r12, u->r13, u->r14, u->r15, u->rip};

	for (int i = 0; i < DWARF_REGISTERS; i++)
		w->registers[i] = values[i];
	w->all = 1;
}

/* Waits until the thread has stopped; returns the signal that was about to be delivered, or 0, or
 * -1 where it does not stop soon (it has ended, or somebody else holds it). */
static int await_stop(pid_t tid)
{
	struct timespec moment = {0, 100000};
	int status;

	for (int i = 0; i < 2000; i++) {
		pid_t got = waitpid(tid, &status, __WALL | WNOHANG);

		if (got < 0)
			return -1;
		if (got == tid)
			return !WIFSTOPPED(status) ? -1 : status >> 16 ? 0 : WSTOPSIG(status);
		nanosleep(&moment, NULL);
	}
	return -1;
}

/* Stops a thread that runs for as long as it takes to read its registers. A signal that came at
 * this very moment is handed on. */
static int read_registers(struct walk *w, struct user_regs_struct *u)
{
	pid_t tid = (pid_t)w->r->tid;
	int signal, read;

	if (ptrace(PTRACE_INTERRUPT, tid, NULL, NULL))
		return -errno;
	signal = await_stop(tid);
	if (signal < 0)
		return -ESRCH;
	read = (int)ptrace(PTRACE_GETREGS, tid, NULL, u);
	ptrace(PTRACE_DETACH, tid, NULL, (void *)(long)signal);
	return read ? -ESRCH : 0;
}

/* A thread of its own: who traces lets go of everybody when it ends, also of what it has seized and
 * could not detach from, since that needs a stop. Seized, a thread goes on as before: one that is
 * asleep by now stays so. */
static void *trace(void *arg)
{
	struct walk *w = arg;
	struct user_regs_struct u;
	struct sn_remote again;

	if (!ptrace(PTRACE_SEIZE, (pid_t)w->r->tid, NULL, NULL) &&
	    !sn_remote_ask(&again, w->r->pid, w->r->tid) && again.running && !read_registers(w, &u))
		take_registers(w, &u);
	return NULL;
}

static int stop_and_read(struct walk *w)
{
	pthread_t tracer;

	if (pthread_create(&tracer, NULL, trace, w))
		return -EAGAIN;
	pthread_join(tracer, NULL);
	return w->all ? 0 : -ESRCH;
}

static pid_t next_thread(Dwfl *dwfl, void *arg, void **thread_arg)
{
	struct walk *w = arg;

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
	const struct walk *w = arg;

	(void)dwfl;
	return !sn_peek(w->r->pid, address, result, sizeof(*result));
}

static bool set_registers(Dwfl_Thread *thread, void *arg)
{
	const struct walk *w = arg;

	if (w->all)
		return dwfl_thread_state_registers(thread, 0, DWARF_REGISTERS, w->registers);
	dwfl_thread_state_register_pc(thread, w->r->pc);
	return dwfl_thread_state_registers(thread, DWARF_RSP, 1, &w->registers[DWARF_RSP]);
}

static int take_frame(Dwfl_Frame *frame, void *arg)
{
	struct sn_remote *r = arg;
	Dwarf_Addr pc;
	bool is_at; /* the thread is at this very instruction; else it returns to it */

	if (!dwfl_frame_pc(frame, &pc, &is_at) || !pc)
		return DWARF_CB_ABORT;
	r->pcs[r->depth++] = is_at ? pc + 1 : pc;
	return r->depth < SN_REMOTE_FRAMES ? DWARF_CB_OK : DWARF_CB_ABORT;
}

static int no_debuginfo(Dwfl_Module *module, void **user, const char *name, Dwarf_Addr base,
			const char *file, const char *link, GElf_Word crc, char **found)
{
	(void)module, (void)user, (void)name, (void)base;
	(void)file, (void)link, (void)crc, (void)found;
	return -1;
}

static void unwind(struct walk *w)
{
	static const Dwfl_Callbacks callbacks = {.find_elf = dwfl_linux_proc_find_elf,
						 .find_debuginfo = no_debuginfo};
	static const Dwfl_Thread_Callbacks threads = {
		.next_thread = next_thread,
		.get_thread = get_thread,
		.memory_read = read_memory,
		.set_initial_registers = set_registers,
	};
	Dwfl *dwfl = dwfl_begin(&callbacks);

	if (!dwfl)
		return;
	dwfl_report_begin(dwfl);
	if (!dwfl_linux_proc_report(dwfl, (pid_t)w->r->pid) && !dwfl_report_end(dwfl, NULL, NULL) &&
	    dwfl_attach_state(dwfl, NULL, (pid_t)w->r->pid, &threads, w))
		dwfl_getthread_frames(dwfl, (pid_t)w->r->tid, take_frame, w->r);
	dwfl_end(dwfl);
}

uint32_t sn_remote_walk(struct sn_remote *r)
{
	struct walk w = {.r = r};

	r->depth = 0;
	if (r->running && stop_and_read(&w))
		return 0;
	w.registers[DWARF_RSP] = w.all ? w.registers[DWARF_RSP] : r->sp;
	if (w.registers[DWARF_RSP])
		unwind(&w);
	return r->depth;
}
