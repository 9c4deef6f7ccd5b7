/* SPDX-License-Identifier: Apache-2.0
 *
 * The end of a process and the report that it prints itself when it runs under a bare LD_PRELOAD:
 * the command is started as a child that the program cannot see (no SIGCHLD, not reaped by its wait
 * calls). */
#include "interpose/process.h"
#include "interpose/plain.h"
#include <assert.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <sys/wait.h>
#include "graph/registry.h"
#include "interpose/ask.h"
#include "interpose/channel.h"
#include "interpose/folder.h"
#include "interpose/freeze.h"
#include "interpose/gone.h"
#include "interpose/real.h"
#include "interpose/start.h"

extern char **environ;

/* Another process may wait for it for ever. */
static int holds_shared(void)
{
	struct sn_view v;
	sn_recorder_view(&sn_shim.recorder, &v);
	for (uint32_t i = 1; i < sn_view_count(&v, SN_TABLE_THREAD); i++) {
		const struct sn_thread_rec *t = sn_view_thread(&v, i);
		for (uint32_t j = 0; j < t->held_count; j++) {
			uint32_t lock = sn_view_thread_held(&v, t, j)->lock;
			if (sn_view_lock(&v, lock)->flags & SN_LOCK_PSHARED)
				return 1;
		}
	}
	return 0;
}

/* A process with one thread, no nested locks and none that others want has nothing to tell. */
static int may_have_something(const struct sn_header *h)
{
	return h->finding_count || h->tables[SN_TABLE_NOTE].used > 1 ||
	       h->tables[SN_TABLE_DEP].used > 1 || sn_registry.serials > 1 || holds_shared() ||
	       h->counters[SN_COUNTER_GROW_FAILED] || h->counters[SN_COUNTER_CHILDREN_TOLD];
}

/* A script under `snarl run` may start a hundred thousand processes: of those that have nothing to
 * tell only the program itself leaves a recording. */
static int is_trifle(const struct sn_header *h)
{
	return sn_shim.run && (int)h->parent != sn_shim.run && !may_have_something(h);
}

void sn_process_ending(struct sn_site site)
{
	struct sn_header *h = sn_shim.recorder.header;
	struct sn_self *self = sn_self_tls;
	struct sn_view v;
	/* It matters to those only whom it might have joined. */
	if (!h || sn_shim.ended || sn_registry.serials < 2 || !self || self->state != SN_SELF_READY)
		return;
	uint32_t stack = sn_trace(self, site.ra, site.cfa);
	sn_recorder_view(&sn_shim.recorder, &v);
	h->ended_by = self->thread;
	if (sn_view_stack(&v, stack)->flags >> SN_STACK_HANDLERS_SHIFT)
		h->end_flags |= SN_END_IN_HANDLER;
	else if (self->rec->flags & SN_THREAD_MAIN && sn_main_has_returned(stack))
		h->end_flags |= SN_END_MAIN_RETURNED;
}

void sn_process_ended(uint32_t how, int status)
{
	struct sn_header *h = sn_shim.recorder.header;
	if (!h || sn_shim.ended)
		return;
	sn_shim.ended = 1;
	if (how == SN_ENDED_EXIT)
		sn_channel_at_end();
	sn_shim.dropped = is_trifle(h);
	if (sn_shim.dropped)
		sn_folder_remove_recording();
	h->ended_status = status;
	h->ended_mono_ns = sn_now();
	__atomic_store_n(&h->ended_how, how, __ATOMIC_RELEASE);
}

#define ENVIRONMENT_MAX 2048

struct spawn {
	const char *argv[7];
	int recording; /* its descriptor, handed on: the command may not be let to open it */
	int output;    /* what its standard output is to be; -1: as it is */
	const char *env[ENVIRONMENT_MAX];
	int not_run;
	uint32_t except; /* all threads but this one are stopped meanwhile; 0: none is */
	int late;        /* it was ended by its time limit */
};

/* The time limit is the kernel's, so nothing that the command comes to wait in can hold it up: a
 * timer outlives exec, and its signal ends what has no handler for it. */
static void limit_time(void)
{
	struct itimerval limit = {{0, 0}, {sn_shim.options.report_timeout, 0}};
	struct {
		void *handler;
		unsigned long flags;
		void *restorer;
		uint64_t mask;
	} act = {SIG_DFL, 0, NULL, 0};
	sn_sys(SYS_rt_sigaction, SIGALRM, &act, 0, 8);
	sn_sys(SYS_setitimer, ITIMER_REAL, &limit, 0);
}

/* How much memory the program may have is not how much the report may. */
static void raise_limit(int resource)
{
	uint64_t limit[2];
	if (sn_sys(SYS_prlimit64, 0, resource, 0, limit) == 0) {
		limit[0] = limit[1];
		sn_sys(SYS_prlimit64, 0, resource, limit, 0);
	}
}

/* What the program reads is not the report's to eat. */
static void close_input(void)
{
	long fd = sn_sys(SYS_openat, AT_FDCWD, "/dev/null", O_RDONLY);
	if (fd > 0) {
		sn_sys(SYS_dup3, fd, 0, 0);
		sn_sys(SYS_close, fd);
	}
}

/* The child's half, in its own stack but in our memory: system calls only. Handlers go back to
 * their defaults before signals are let in, as posix_spawn does. */
static int spawned(void *p)
{
	struct spawn *s = p;
	uint64_t none = 0;
	struct {
		void *handler;
		unsigned long flags;
		void *restorer;
		uint64_t mask;
	} act;
	for (int i = 1; i < 65; i++) {
		if (sn_sys(SYS_rt_sigaction, i, 0, &act, 8) == 0 && act.handler != SIG_IGN &&
		    act.handler != SIG_DFL) {
			act.handler = SIG_DFL;
			sn_sys(SYS_rt_sigaction, i, &act, 0, 8);
		}
	}
	if (sn_shim.report_fd >= 0)
		sn_sys(SYS_dup3, sn_shim.report_fd, 2, 0);
	if (s->output >= 0)
		sn_sys(SYS_dup3, s->output, 1, 0);
	if (s->recording >= 0)
		sn_sys(SYS_fcntl, s->recording, F_SETFD, 0);
	close_input();
	raise_limit(RLIMIT_AS);
	raise_limit(RLIMIT_DATA);
	limit_time();
	sn_sys(SYS_rt_sigprocmask, SIG_SETMASK, &none, 0, 8);
	sn_sys(SYS_execve, s->argv[0], s->argv, s->env);
	s->not_run = 1;
	sn_sys(SYS_exit_group, 127);
	return 127;
}

static void fill_environment(struct spawn *s)
{
	int n = 0;
	for (char **e = environ; e && *e && n < ENVIRONMENT_MAX - 1; e++)
		if (strncmp(*e, "LD_PRELOAD=", 11) != 0 && strncmp(*e, "LD_AUDIT=", 9) != 0)
			s->env[n++] = *e;
	s->env[n] = NULL;
}

/* Between us and the command stands a process that never execs: it keeps an exit signal of 0, so
 * the program gets no SIGCHLD for it and its wait calls do not see it (exec would reset that). */
static int between(void *p)
{
	static char stack[8192] __attribute__((aligned(64)));
	struct spawn *s = p;
	if (s->except)
		sn_freeze(sn_shim.pid, s->except);
	int child = clone(spawned, stack + sizeof stack, CLONE_VM | CLONE_VFORK | SIGCHLD, p);
	int status = 0;
	long r = -ECHILD;
	while (child > 0 && (r = sn_sys(SYS_wait4, child, &status, 0, 0)) == -EINTR)
		;
	s->late = r == child && WIFSIGNALED(status) && WTERMSIG(status) == SIGALRM;
	sn_sys(SYS_exit_group, r == child && WIFEXITED(status) ? WEXITSTATUS(status) : 127);
	return 127;
}

/* The recording by its descriptor, and by what it is called. */
static void name_recording(struct spawn *s)
{
	static char digits[16];
	int i = 3;
	s->recording = sn_recorder_descriptor(&sn_shim.recorder);
	if (s->recording >= 0) {
		snprintf(digits, sizeof digits, "%d", s->recording);
		s->argv[i++] = "--descriptor";
		s->argv[i++] = digits;
	}
	s->argv[i++] = sn_shim.recorder.path;
	s->argv[i] = NULL;
}

static const char *no_report_because;

static void say_late(void)
{
	static char line[SN_PATH_MAX + 160];
	int n = snprintf(
		line, sizeof line,
		"snarl: the report took longer than %d s (report_timeout) and was given up: "
		"`snarl report %s` makes it\n",
		sn_shim.options.report_timeout, sn_shim.recorder.path);
	sn_sys(SYS_write, sn_shim.report_fd >= 0 ? sn_shim.report_fd : 2, line, n);
}

/* Runs `snarl report MODE FILE`; returns its status, -1 where no report came of it. Signals are as
 * the program has them while it runs: it can be ended, and its handlers called. */
static int run_command(const char *mode, int output)
{
	static char stack[16384] __attribute__((aligned(64)));
	static struct spawn s;
	no_report_because =
		"the command could not be run (put it beside the library, or its path into "
		"SNARL_COMMAND)";
	uint64_t all = ~0ull, before;
	const char *command = sn_start_command();
	if (sn_shim.recorder.memory_only || sn_sandboxed)
		no_report_because = NULL;
	if (!command || sn_shim.recorder.memory_only || sn_sandboxed)
		return -1;
	s.argv[0] = command;
	s.argv[1] = "report";
	s.argv[2] = mode;
	s.output = output;
	s.except = sn_shim.ended && !sn_sandboxed ? (uint32_t)sn_sys(SYS_gettid) : 0;
	name_recording(&s);
	fill_environment(&s);
	sn_sys(SYS_rt_sigprocmask, SIG_SETMASK, &all, &before, 8);
	s.late = s.not_run = 0;
	int child = clone(between, stack + sizeof stack, CLONE_VM, &s), status = 0;
	sn_sys(SYS_rt_sigprocmask, SIG_SETMASK, &before, 0, 8);
	long r = -ECHILD;
	while (child > 0 && (r = sn_sys(SYS_wait4, child, &status, __WCLONE, 0)) == -EINTR)
		;
	if (!s.not_run)
		no_report_because =
			s.late ? NULL : "the command made no report (may it read the recording?)";
	if (s.late)
		say_late();
	if (r != child || !WIFEXITED(status) || WEXITSTATUS(status) == 127)
		return -1;
	return WEXITSTATUS(status);
}

int sn_process_reports_itself(void)
{
	return (!sn_shim.run || sn_shim.recorder.memory_only) && sn_shim.options.report_at_exit;
}

/* Where the command makes no report. Returns the status that it would have had. */
static int say_plainly(void)
{
	static const int least[] = {SN_CONFIRMED, SN_PREDICTED, SN_SUSPECT, SN_CONFIRMED + 1};
	int worst = sn_plain_report(no_report_because);
	return worst >= least[sn_shim.options.fail_on] ? sn_shim.options.exitcode : 0;
}

static struct sn_lock report_lock;

void sn_process_reset(void)
{
	report_lock = (struct sn_lock){0};
}

void sn_process_report(const char *mode)
{
	if (!sn_process_reports_itself() || sn_lock_take(&report_lock))
		return;
	if (run_command(mode, -1) < 0)
		say_plainly();
	sn_lock_give(&report_lock);
}

/* The recording is all that is left to ask, since the command could not be run. */
static int kept;

/* A finding that fails the run: the run is told, and the process ends as it would. */
static int told_the_run(void)
{
	if (sn_ask_failed() == 0)
		return 1;
	if (sn_shim.above)
		__atomic_fetch_add(&sn_shim.above->counters[SN_COUNTER_CHILDREN_TOLD], 1,
				   __ATOMIC_RELAXED);
	return sn_shim.above != NULL;
}

int sn_process_tell_scope(uint32_t scope, int output)
{
	static char mode[32];
	int status;
	if (sn_lock_take(&report_lock))
		return -1;
	snprintf(mode, sizeof mode, "--at-scope=%u", scope);
	status = run_command(mode, output);
	sn_lock_give(&report_lock);
	return status;
}

int sn_process_tell(void)
{
	const struct sn_header *h = sn_shim.recorder.header;
	int status = 0;
	if (may_have_something(h)) {
		if (sn_lock_take(&report_lock))
			return -1;
		status = run_command("--at-exit", -1);
		kept = status < 0;
		if (status < 0)
			status = say_plainly();
		if (sn_shim.run && status == sn_shim.options.exitcode && told_the_run())
			status = 0;
		sn_lock_give(&report_lock);
	}
	return status;
}

int sn_process_final_report(void)
{
	if (!sn_shim.recorder.header || !sn_process_reports_itself())
		return -1;
	int status = sn_process_tell();
	if (sn_folder_is_temporary() && !(kept && status))
		sn_folder_remove_recording();
	return status > 0 && status == sn_shim.options.exitcode ? status : -1;
}

_Noreturn void sn_process_end_now(int aborting)
{
	int status = sn_shim.options.exitcode;
	sn_process_ended(aborting ? SN_ENDED_SIGNAL : SN_ENDED_EXIT, aborting ? SIGABRT : status);
	sn_process_final_report();
	if (aborting)
		sn_real(abort)();
	for (;;)
		sn_sys(SYS_exit_group, status);
}

/* The calls that end a process without running destructors. */
static int end_at_once(int status, struct sn_site site)
{
	if (!sn_process_is_ours())
		return status;
	sn_process_ending(site);
	sn_process_ended(SN_ENDED_EXIT, status & 0xff);
	int other = sn_process_final_report();
	return other >= 0 ? other : status;
}

SN_EXPORT _Noreturn void _exit(int status)
{
	status = end_at_once(status, SN_SITE);
	for (;;)
		sn_sys(SYS_exit_group, status);
}

SN_EXPORT _Noreturn void _Exit(int status)
{
	status = end_at_once(status, SN_SITE);
	for (;;)
		sn_sys(SYS_exit_group, status);
}

/* Handlers of on_exit that we register run after our destructor: it would not know the status. */
SN_EXPORT _Noreturn void exit(int status)
{
	if (sn_process_is_ours())
		sn_shim.exit_status = status & 0xff;
	sn_real(exit)(status);
	__builtin_unreachable();
}

/* What was found is reported before the process dies. A handler of the program's may bring it out
 * of the abort: then it is not at its end. */
static void before_abort(void)
{
	struct {
		void *handler;
		unsigned long flags;
		void *restorer;
		uint64_t mask;
	} act = {0};
	int saved = errno;
	if (sn_process_is_ours() && sn_sys(SYS_rt_sigaction, SIGABRT, 0, &act, 8) == 0 &&
	    act.handler == SIG_DFL) {
		sn_process_ended(SN_ENDED_SIGNAL, SIGABRT);
		sn_process_final_report();
	}
	errno = saved;
}

SN_EXPORT _Noreturn void abort(void)
{
	before_abort();
	sn_real(abort)();
	__builtin_unreachable();
}

SN_EXPORT _Noreturn void __assert_fail(const char *assertion, const char *file, unsigned line,
				       const char *function)
{
	before_abort();
	sn_real(__assert_fail)(assertion, file, line, function);
	__builtin_unreachable();
}

static int quick_status;

static void at_quick_exit_end(void)
{
	int other = end_at_once(quick_status, SN_SITE);
	if (other != quick_status)
		sn_sys(SYS_exit_group, other);
}

SN_EXPORT _Noreturn void quick_exit(int status)
{
	quick_status = status;
	sn_real(quick_exit)(status);
	__builtin_unreachable();
}

/* Registered first, so it runs last of the program's quick-exit handlers. */
void sn_process_watch_quick_exit(void)
{
	/* Where there is no room for it, a quick exit is told as "lost". */
	(void)at_quick_exit(at_quick_exit_end);
}
