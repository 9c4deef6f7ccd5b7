/* SPDX-License-Identifier: Apache-2.0
 *
 * Tasks: running, joining, detaching, and the threads under them. */
#include "callers.h"
#include <dlfcn.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include "snarl_channel/task.h"

static struct snarl_channel *gate; /* of no elements; closed to let tasks go */

static void open_gate(void)
{
	assert_int_equal(snarl_channel_close(gate), 0);
}

static void make_gate(void)
{
	snarl_channel_release(gate); /* a former test's, which has waited for its tasks */
	gate = snarl_channel_new(0, 0);
	assert_non_null(gate);
}

static void *pass_gate(void *result)
{
	snarl_receive(gate, NULL);
	return result;
}

static void *same(void *argument)
{
	return argument;
}

static void a_join_brings_the_result(void **state)
{
	int here;
	void *result = NULL;
	struct snarl_task *t = snarl_task_spawn("same", same, &here, NULL);

	(void)state;
	assert_non_null(t);
	assert_int_equal(snarl_task_join(t, &result), 0);
	assert_ptr_equal(result, &here);
	assert_int_equal(snarl_task_is_finished(t), 1);
	assert_int_equal(snarl_task_join(t, &result), -EINVAL);
	assert_int_equal(snarl_task_detach(t), -EINVAL);
	snarl_task_release(t);
	snarl_task_release(NULL);
}

static void bad_arguments_are_refused(void **state)
{
	(void)state;
	errno = 0;
	assert_null(snarl_task_spawn("none", NULL, NULL, NULL));
	assert_int_equal(errno, EINVAL);
	assert_int_equal(snarl_task_join(NULL, NULL), -EINVAL);
	assert_int_equal(snarl_task_detach(NULL), -EINVAL);
	assert_int_equal(snarl_task_is_finished(NULL), -EINVAL);
	assert_null(snarl_task_name(NULL));
	assert_null(snarl_task_current());
	assert_null(snarl_task_context());
}

static void a_join_may_be_tried_again(void **state)
{
	struct snarl_context *context = snarl_context_with_cancel(NULL);
	struct snarl_task *t;
	int here;
	void *result = NULL;

	(void)state;
	make_gate();
	t = snarl_task_spawn("waits", pass_gate, &here, NULL);
	assert_int_equal(snarl_task_try_join(t, &result), -EAGAIN);
	assert_int_equal(snarl_task_join_until(t, &result, snarl_now()), -ETIMEDOUT);
	snarl_context_cancel(context);
	assert_int_equal(snarl_task_join_with(t, &result, context), -ECANCELED);
	assert_int_equal(snarl_task_is_finished(t), 0);
	open_gate();
	assert_int_equal(snarl_task_join_with(t, &result, NULL), 0);
	assert_ptr_equal(result, &here);
	snarl_task_release(t);
	snarl_context_release(context);
}

static int join_it(void *task)
{
	return snarl_task_join(task, NULL);
}

static void only_one_may_join(void **state)
{
	struct snarl_task *t;
	struct caller first;

	(void)state;
	make_gate();
	t = snarl_task_spawn("waits", pass_gate, NULL, NULL);
	start_blocked(&first, join_it, t);
	assert_int_equal(snarl_task_join(t, NULL), -EINVAL);
	assert_int_equal(snarl_task_try_join(t, NULL), -EINVAL);
	assert_int_equal(snarl_task_detach(t), -EINVAL);
	open_gate();
	assert_int_equal(end_call(&first), 0);
	snarl_task_release(t);
}

static void *join_self(void *unused)
{
	(void)unused;
	return (void *)(intptr_t)snarl_task_join(snarl_task_current(), NULL);
}

static void a_task_cannot_join_itself(void **state)
{
	struct snarl_task *t = snarl_task_spawn("self", join_self, NULL, NULL);
	void *result = NULL;

	(void)state;
	assert_int_equal(snarl_task_join(t, &result), 0);
	assert_int_equal((intptr_t)result, -EDEADLK);
	snarl_task_release(t);
}

static void a_detached_task_is_not_joined(void **state)
{
	struct snarl_task *t;

	(void)state;
	make_gate();
	t = snarl_task_spawn("detached", pass_gate, NULL, NULL);
	snarl_task_retain(t);
	assert_int_equal(snarl_task_detach(t), 0);
	assert_int_equal(snarl_task_join(t, NULL), -EINVAL);
	open_gate();
	while (!snarl_task_is_finished(t))
		pause_a_moment(INT64_MAX);
	snarl_task_release(t);
}

struct seen {
	struct snarl_context *context;
	struct snarl_task *task;
	char name[16];
	sigset_t mask;
};

static void *look(void *argument)
{
	struct seen *s = argument;

	s->context = snarl_task_context();
	s->task = snarl_task_current();
	pthread_getname_np(pthread_self(), s->name, sizeof(s->name));
	pthread_sigmask(SIG_SETMASK, NULL, &s->mask);
	return NULL;
}

static void a_task_knows_itself(void **state)
{
	struct snarl_context *context = snarl_context_with_cancel(NULL);
	struct snarl_task *t;
	struct seen s = {0};

	(void)state;
	t = snarl_task_spawn("a name of more than 15", look, &s, context);
	assert_string_equal(snarl_task_name(t), "a name of more than 15");
	assert_int_equal(snarl_task_join(t, NULL), 0);
	assert_ptr_equal(s.context, context);
	assert_ptr_equal(s.task, t);
	assert_string_equal(s.name, "a name of more ");
	assert_int_equal(sigismember(&s.mask, SIGTERM), 1);
	assert_int_equal(sigismember(&s.mask, SIGSEGV), 0);
	snarl_task_release(t);
	t = snarl_task_spawn(NULL, look, &s, NULL);
	assert_int_equal(snarl_task_join(t, NULL), 0);
	assert_null(s.context);
	assert_string_equal(s.name, "task");
	snarl_task_release(t);
	pthread_sigmask(SIG_SETMASK, NULL, &s.mask);
	assert_int_equal(sigismember(&s.mask, SIGTERM), 0);
	snarl_context_release(context);
}

static int destroyed;

static void count_destroyed(void *value)
{
	destroyed += value != NULL;
}

/* The last reference to the context is the task's; once joined it is gone. */
static void a_task_keeps_its_context(void **state)
{
	static int key;
	struct snarl_context *c = snarl_context_with_value(NULL, &key, &key, count_destroyed);
	struct snarl_task *t;

	(void)state;
	destroyed = 0;
	make_gate();
	t = snarl_task_spawn("keeps", pass_gate, NULL, c);
	snarl_context_release(c);
	assert_int_equal(destroyed, 0);
	open_gate();
	assert_int_equal(snarl_task_join(t, NULL), 0);
	assert_int_equal(destroyed, 1);
	snarl_task_release(t);
}

static void *leave(void *argument)
{
	pthread_exit(argument);
}

static void a_task_may_leave_by_pthread_exit(void **state)
{
	int here;
	void *result = &here;
	struct snarl_task *t = snarl_task_spawn("leaves", leave, &here, NULL);

	(void)state;
	assert_int_equal(snarl_task_join(t, &result), 0);
	assert_null(result);
	snarl_task_release(t);
}

static void *thread_number(void *unused)
{
	(void)unused;
	return (void *)syscall(SYS_gettid);
}

static long run_one(void)
{
	struct snarl_task *t = snarl_task_spawn("number", thread_number, NULL, NULL);
	void *number = NULL;

	assert_non_null(t);
	assert_int_equal(snarl_task_join(t, &number), 0);
	snarl_task_release(t);
	return (long)number;
}

/* Whoever has joined a task finds its thread free. */
static void threads_are_used_again(void **state)
{
	long number = run_one();

	(void)state;
	for (int i = 0; i < 1000; i++)
		assert_int_equal(run_one(), number);
}

static void no_thread_is_kept_beyond_the_limit(void **state)
{
	unsigned before = snarl_task_keep_idle(0);
	long numbers[30];

	(void)state;
	for (int i = 0; i < 30; i++) {
		numbers[i] = run_one();
		for (int j = 0; j < i; j++)
			assert_int_not_equal(numbers[i], numbers[j]);
	}
	assert_int_equal(snarl_task_keep_idle(before), 0);
}

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__) || defined(__has_feature)
#define OWN_CREATE 0 /* a sanitizer has one; clang may have */
#else
#define OWN_CREATE 1
static int refuse;

/* The library's calls come here too. */
SNARL_API int pthread_create(pthread_t *thread, const pthread_attr_t *attributes,
			     void *(*body)(void *), void *argument)
{
	int (*real)(pthread_t *, const pthread_attr_t *, void *(*)(void *), void *);

	*(void **)&real = dlsym(RTLD_NEXT, "pthread_create");
	return refuse ? EAGAIN : real(thread, attributes, body, argument);
}
#endif

/* First of all tests, since no thread is there yet that could be used again. */
static void want_of_threads_is_told(void **state)
{
	(void)state;
#if OWN_CREATE
	struct snarl_context *c;

	refuse = 1;
	errno = 0;
	assert_null(snarl_task_spawn("none", same, NULL, NULL));
	assert_int_equal(errno, EAGAIN);
	errno = 0;
	assert_null(snarl_context_with_timeout(NULL, PATIENCE));
	assert_int_equal(errno, EAGAIN);
	refuse = 0;
	c = snarl_context_with_timeout(NULL, SNARL_MILLISECOND);
	assert_int_equal(snarl_receive(snarl_context_done(c), NULL), -EPIPE);
	snarl_context_release(c);
#else
	skip();
#endif
}

#define CROWD 50

/* All run at the same time, or none would get through: each waits for all. */
static struct snarl_channel *arrivals;

static void *arrive(void *unused)
{
	snarl_send(arrivals, NULL);
	snarl_receive(gate, NULL);
	return unused;
}

static void tasks_wait_for_each_other_without_limit(void **state)
{
	struct snarl_task *tasks[CROWD];

	(void)state;
	make_gate();
	arrivals = snarl_channel_new(0, 0);
	for (int i = 0; i < CROWD; i++) {
		tasks[i] = snarl_task_spawn("crowd", arrive, NULL, NULL);
		assert_non_null(tasks[i]);
	}
	for (int i = 0; i < CROWD; i++)
		assert_int_equal(snarl_receive_until(arrivals, NULL, snarl_in(PATIENCE)), 0);
	open_gate();
	for (int i = 0; i < CROWD; i++) {
		assert_int_equal(snarl_task_join(tasks[i], NULL), 0);
		snarl_task_release(tasks[i]);
	}
	snarl_channel_release(arrivals);
}

static int spawn_many(void *unused)
{
	(void)unused;
	for (long i = 0; i < 500; i++) {
		struct snarl_task *t = snarl_task_spawn("many", same, (void *)i, NULL);
		void *result = NULL;
		if (!t)
			return -errno;
		if (i % 4 == 3) {
			if (snarl_task_detach(t))
				return -EINVAL;
			continue;
		}
		if (i % 4 && (snarl_task_join(t, &result) || result != (void *)i))
			return -EIO;
		snarl_task_release(t);
	}
	return 0;
}

static void spawns_may_race(void **state)
{
	struct caller callers[4];

	(void)state;
	for (int i = 0; i < 4; i++)
		start_call(&callers[i], spawn_many, NULL);
	for (int i = 0; i < 20; i++)
		snarl_task_keep_idle(i % 2 ? 0 : 32);
	for (int i = 0; i < 4; i++)
		assert_int_equal(end_call(&callers[i]), 0);
	snarl_task_keep_idle(32);
}

static int attempt_spawn(void)
{
	struct snarl_task *t = snarl_task_spawn("attempt", same, NULL, NULL);
	int e = t ? snarl_task_join(t, NULL) : -errno;

	snarl_task_release(t);
	return e;
}

static void want_of_memory_is_told(void **state)
{
	(void)state;
	assert_int_equal(fail_each_allocation(attempt_spawn), 1);
}

static void tasks_run_in_a_forks_child(void **state)
{
	int status;
	pid_t pid;

	(void)state;
	if (UNDER_TSAN)
		skip(); /* it allows no threads in such a child */
	run_one();
	pid = fork();
	if (!pid) {
		int e = attempt_spawn();
		/* It would look for the parent's idle threads for ever. */
		snarl_task_keep_idle(0);
		_exit(e ? 1 : 0);
	}
	assert_true(pid > 0);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

static int release_gate(void **state)
{
	(void)state;
	snarl_channel_release(gate);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(want_of_threads_is_told),
		cmocka_unit_test(a_join_brings_the_result),
		cmocka_unit_test(bad_arguments_are_refused),
		cmocka_unit_test(a_join_may_be_tried_again),
		cmocka_unit_test(only_one_may_join),
		cmocka_unit_test(a_task_cannot_join_itself),
		cmocka_unit_test(a_detached_task_is_not_joined),
		cmocka_unit_test(a_task_knows_itself),
		cmocka_unit_test(a_task_keeps_its_context),
		cmocka_unit_test(a_task_may_leave_by_pthread_exit),
		cmocka_unit_test(threads_are_used_again),
		cmocka_unit_test(no_thread_is_kept_beyond_the_limit),
		cmocka_unit_test(tasks_wait_for_each_other_without_limit),
		cmocka_unit_test(spawns_may_race),
		cmocka_unit_test(want_of_memory_is_told),
		cmocka_unit_test(tasks_run_in_a_forks_child),
	};

	return cmocka_run_group_tests(tests, NULL, release_gate);
}
