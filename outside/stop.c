/* SPDX-License-Identifier: Apache-2.0
 *
 * See stop.h. */
#include "outside/stop.h"
#include "base/asleep.h"
#include "outside/remote.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/ptrace.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <time.h>

/* More of a stack than most programs use; what lies above is read when the walk comes there. */
#define STACK_BYTES (256u << 10)
#define LEAST_BYTES 64u

int sn_stack_copy(struct sn_stack_copy *s, uint32_t pid, uint64_t sp)
{
	uint32_t page = 4096 - (uint32_t)(sp & 4095), n = STACK_BYTES;

	if (!s->bytes && !(s->bytes = malloc(STACK_BYTES)))
		return -ENOMEM;
	s->start = sp;
	s->size = 0;
	/* The stack may end before: down to the rest of the page that sp lies in. */
	while (n > page && sn_peek(pid, sp, s->bytes, n))
		n = n / 2 > page ? n / 2 : page;
	if (n <= page && (page < LEAST_BYTES || sn_peek(pid, sp, s->bytes, page)))
		return -EFAULT;
	s->size = n;
	return 0;
}

struct stop {
	uint32_t pid, tid;
	int asleep_too, rc;
	struct user_regs_struct *registers;
	struct sn_stack_copy *stack;
};

/* Waits until the thread has stopped; returns the signal that was about to be delivered, or 0, or
 * -1 where it does not stop soon (it has ended, or somebody else holds it). How it ended is not
 * asked: that is for who waits for the process, which may be us. */
static int await_stop(pid_t tid)
{
	struct timespec moment = {0, 100000};

	for (int i = 0; i < 2000; i++) {
		siginfo_t info = {.si_pid = 0};

		if (waitid(P_PID, (id_t)tid, &info, WSTOPPED | WNOHANG | __WALL))
			return -1;
		if (info.si_pid == tid)
			return info.si_status >> 8 ? 0 : info.si_status & 0xff;
		if (kill(tid, 0))
			return -1;
		nanosleep(&moment, NULL);
	}
	return -1;
}

/* A signal that came at this very moment is handed on. */
static int read_stopped(struct stop *s)
{
	pid_t tid = (pid_t)s->tid;
	int signal, rc;

	if (ptrace(PTRACE_INTERRUPT, tid, NULL, NULL))
		return -errno;
	signal = await_stop(tid);
	if (signal < 0)
		return -ESRCH;
	rc = ptrace(PTRACE_GETREGS, tid, NULL, s->registers) ? -errno : 0;
	if (!rc)
		rc = sn_stack_copy(s->stack, s->pid, s->registers->rsp);
	ptrace(PTRACE_DETACH, tid, NULL, (void *)(long)signal);
	return rc;
}

/* A thread of its own: who traces lets go of everybody when it ends, also of what it has seized and
 * could not detach from, since that needs a stop. Seized, a thread goes on as before: one that is
 * asleep by now stays so. */
static void *trace(void *arg)
{
	struct stop *s = arg;
	struct sn_remote again;

	if (ptrace(PTRACE_SEIZE, (pid_t)s->tid, NULL, NULL))
		s->rc = -errno;
	else if (s->asleep_too || (!sn_remote_ask(&again, s->pid, s->tid) && again.running))
		s->rc = read_stopped(s);
	return NULL;
}

int sn_stop_and_copy(uint32_t pid, uint32_t tid, int asleep_too, struct user_regs_struct *u,
		     struct sn_stack_copy *s)
{
	struct stop stop = {pid, tid, asleep_too, -EAGAIN, u, s};
	pthread_t tracer;

	if (pthread_create(&tracer, NULL, trace, &stop))
		return -EAGAIN;
	pthread_join(tracer, NULL);
	return stop.rc;
}
