/* SPDX-License-Identifier: Apache-2.0
 *
 * A program that shuts itself into a sandbox, as browsers do, is asked for no system call that it
 * would not make itself: each one refused ends it here. */
// variants: seccomp prctl
// expect: silent
#include "../e2e/case.h"
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t cond = PTHREAD_COND_INITIALIZER;
static int ready;

static void refused(int number)
{
	static const char text[] = "a system call was refused\n";
	(void)number;
	_exit(write(1, text, sizeof text - 1) > 0 ? 4 : 3);
}

#define REFUSE(call)                                                                               \
	BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, call, 0, 1), BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_TRAP)

static void enter(const char *how)
{
	static struct sock_filter filter[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		REFUSE(SYS_process_vm_readv),
		REFUSE(SYS_prctl),
		REFUSE(SYS_prlimit64),
		REFUSE(SYS_fstat),
		REFUSE(SYS_fallocate),
		REFUSE(SYS_ftruncate),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	static struct sock_fprog program = {sizeof filter / sizeof *filter, filter};
	signal(SIGSYS, refused);
	CHECK(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0);
	if (!strcmp(how, "prctl"))
		CHECK(prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program, 0, 0) == 0);
	else
		CHECK(syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program) == 0);
}

static void *worker(void *unused)
{
	pthread_mutex_lock(&mutex);
	while (!ready)
		pthread_cond_wait(&cond, &mutex);
	pthread_mutex_unlock(&mutex);
	return unused;
}

#define MANY 20000

/* More than the recording has room for: it would have to grow. */
static void make_many(void)
{
	static pthread_mutex_t many[MANY];
	for (int i = 0; i < MANY; i++)
		pthread_mutex_lock(&many[i]);
	for (int i = MANY; i-- > 0;)
		pthread_mutex_unlock(&many[i]);
}

int main(int argc, char **argv)
{
	pthread_mutex_t own;
	puts("begins");
	pthread_t thread;
	/* Whether it can be done is often asked first, by a call that is to fail. */
	CHECK(syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, NULL) == -1 && errno == EFAULT);
	enter(argc > 1 ? argv[1] : "seccomp");
	START(&thread, worker, NULL);
	pthread_mutex_lock(&mutex);
	ready = 1;
	pthread_cond_broadcast(&cond);
	pthread_mutex_unlock(&mutex);
	JOIN(thread);
	make_many();
	for (int i = 0; i < 3; i++) {
		pthread_mutex_init(&own, NULL);
		pthread_mutex_lock(&own);
		pthread_mutex_unlock(&own);
		pthread_mutex_destroy(&own);
	}
	puts("done");
	return 0;
}
