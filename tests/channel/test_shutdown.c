/* SPDX-License-Identifier: Apache-2.0
 *
 * Graceful shutdown.  Signals are a matter of the whole process, so each test is a child of its
 * own, which ends with status 0 when all went well, and with the line of the failed check
 * otherwise. */
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>
#include "callers.h"
#include "snarl_channel/shutdown.h"
#include "snarl_channel/task.h"

/* In a child; its status tells the line, as far as eight bits do. */
#define CHECK(what)                                                                                \
	do {                                                                                       \
		if (!(what)) {                                                                     \
			fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #what);                 \
			_exit(__LINE__ % 200 + 1);                                                 \
		}                                                                                  \
	} while (0)

/* The status of a child that runs `body`. */
static int in_child(void (*body)(void))
{
	int status = -1;
	pid_t child = fork();

	if (!child) {
		/* What should end it has not. */
		alarm(120);
		signal(SIGINT, SIG_DFL);
		body();
		exit(0);
	}
	assert_true(child > 0);
	assert_int_equal(waitpid(child, &status, 0), child);
	return status;
}

static int is_blocked(int signal)
{
	sigset_t mask;

	pthread_sigmask(SIG_SETMASK, NULL, &mask);
	return sigismember(&mask, signal);
}

static void await_end(struct snarl_context *c)
{
	CHECK(snarl_receive_until(snarl_context_done(c), NULL, snarl_in(PATIENCE)) == -EPIPE);
}

static void first_signal(void)
{
	struct snarl_context *parent = snarl_context_with_cancel(NULL);
	struct snarl_shutdown *s = snarl_shutdown_new(parent, NULL, 0);
	struct snarl_context *c = snarl_context_retain(snarl_shutdown_context(s));

	CHECK(s && c && is_blocked(SIGINT) && is_blocked(SIGTERM) && !is_blocked(SIGHUP));
	CHECK(snarl_shutdown_signal(s) == 0 && snarl_context_error(c) == 0);
	kill(getpid(), SIGTERM);
	await_end(c);
	CHECK(snarl_context_error(c) == -ECANCELED && snarl_context_cause(c) == -EINTR);
	CHECK(snarl_shutdown_signal(s) == SIGTERM);
	CHECK(snarl_context_error(parent) == 0);
	snarl_shutdown_release(s);
	CHECK(!is_blocked(SIGINT) && !is_blocked(SIGTERM));
	CHECK(snarl_context_cause(c) == -EINTR);
	snarl_context_release(c);
	snarl_context_release(parent);
}

static void the_first_signal_ends_the_context(void **state)
{
	(void)state;
	assert_int_equal(in_child(first_signal), 0);
}

static void second_signal(void)
{
	struct snarl_shutdown *s = snarl_shutdown_new(NULL, NULL, 0);

	CHECK(s);
	kill(getpid(), SIGINT);
	await_end(snarl_shutdown_context(s));
	kill(getpid(), SIGTERM);
	snarl_sleep_until(snarl_in(PATIENCE));
}

static void the_second_signal_has_its_default_action(void **state)
{
	int status;

	(void)state;
	status = in_child(second_signal);
	assert_true(WIFSIGNALED(status));
	assert_int_equal(WTERMSIG(status), SIGTERM);
}

static void never(int signal)
{
	(void)signal;
	_exit(199);
}

static void await_read(int signal)
{
	int64_t deadline = snarl_in(PATIENCE);
	sigset_t pending;

	for (;;) {
		sigpending(&pending);
		if (!sigismember(&pending, signal))
			return;
		CHECK(snarl_now() < deadline);
		nanosleep(&(struct timespec){0, 50000}, NULL);
	}
}

/* The program's own action is neither taken nor lost when the default one lets the process live. */
static void harmless(void)
{
	static const int numbers[] = {SIGWINCH};
	struct sigaction own = {.sa_handler = never}, now;
	struct snarl_shutdown *s;

	sigaction(SIGWINCH, &own, NULL);
	s = snarl_shutdown_new(NULL, numbers, 1);
	CHECK(s && is_blocked(SIGWINCH) && !is_blocked(SIGTERM));
	kill(getpid(), SIGWINCH);
	await_end(snarl_shutdown_context(s));
	CHECK(snarl_shutdown_signal(s) == SIGWINCH);
	kill(getpid(), SIGWINCH);
	await_read(SIGWINCH);
	snarl_shutdown_release(s);
	CHECK(!is_blocked(SIGWINCH));
	sigaction(SIGWINCH, NULL, &now);
	CHECK(now.sa_handler == never);
}

static void only_the_given_signals_are_watched(void **state)
{
	(void)state;
	assert_int_equal(in_child(harmless), 0);
}

static int got; /* by the handler of `unread` */

static void note(int signal)
{
	__atomic_store_n(&got, signal, __ATOMIC_SEQ_CST);
}

/* A signal that is pending when the watch ends reaches the program at the release. */
static void unread(void)
{
	static const int numbers[] = {SIGUSR1};
	struct snarl_shutdown *s;
	sigset_t before;

	signal(SIGUSR1, note);
	s = snarl_shutdown_new(NULL, numbers, 1);
	CHECK(s);
	pthread_kill(pthread_self(), SIGUSR1); /* for this thread alone: no descriptor of others */
	CHECK(__atomic_load_n(&got, __ATOMIC_SEQ_CST) == 0);
	snarl_shutdown_release(s);
	CHECK(__atomic_load_n(&got, __ATOMIC_SEQ_CST) == SIGUSR1);
	pthread_sigmask(SIG_SETMASK, NULL, &before);
	CHECK(sigismember(&before, SIGUSR1) == 0);
}

static void what_was_not_read_is_not_lost(void **state)
{
	(void)state;
	assert_int_equal(in_child(unread), 0);
}

static void already_blocked(void)
{
	struct snarl_shutdown *s;
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	pthread_sigmask(SIG_BLOCK, &set, NULL);
	s = snarl_shutdown_new(NULL, NULL, 0);
	CHECK(s);
	snarl_shutdown_release(s);
	CHECK(is_blocked(SIGTERM) && !is_blocked(SIGINT));
}

static void what_was_blocked_before_stays_blocked(void **state)
{
	(void)state;
	assert_int_equal(in_child(already_blocked), 0);
}

static void *release_elsewhere(void *shutdown)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	pthread_sigmask(SIG_BLOCK, &set, NULL);
	snarl_shutdown_release(shutdown);
	CHECK(is_blocked(SIGINT));
	return NULL;
}

static void other_thread(void)
{
	struct snarl_shutdown *s = snarl_shutdown_new(NULL, NULL, 0);
	pthread_t thread;

	CHECK(s && !pthread_create(&thread, NULL, release_elsewhere, s));
	CHECK(!pthread_join(thread, NULL));
	CHECK(is_blocked(SIGINT) && is_blocked(SIGTERM));
}

static void no_mask_of_another_thread_is_touched(void **state)
{
	(void)state;
	assert_int_equal(in_child(other_thread), 0);
}

static void *work(void *context)
{
	return snarl_receive_with(NULL, NULL, context) == -ECANCELED ? context : NULL;
}

/* What a server does: its tasks live by the context. */
static void winding_up(void)
{
	struct snarl_shutdown *s = snarl_shutdown_new(NULL, NULL, 0);
	struct snarl_context *c = snarl_shutdown_context(s);
	struct snarl_task *tasks[4];
	void *result;

	for (int i = 0; i < 4; i++)
		CHECK((tasks[i] = snarl_task_spawn("server", work, c, c)));
	kill(getpid(), SIGINT);
	for (int i = 0; i < 4; i++) {
		CHECK(snarl_task_join_until(tasks[i], &result, snarl_in(PATIENCE)) == 0);
		CHECK(result == c);
		snarl_task_release(tasks[i]);
	}
	CHECK(snarl_shutdown_signal(s) == SIGINT);
	snarl_shutdown_release(s);
}

static void tasks_of_the_context_wind_up(void **state)
{
	(void)state;
	assert_int_equal(in_child(winding_up), 0);
}

static void parent_ends(void)
{
	struct snarl_context *parent = snarl_context_with_cancel(NULL);
	struct snarl_shutdown *s = snarl_shutdown_new(parent, NULL, 0);

	snarl_context_cancel_with(parent, -EDOM);
	CHECK(snarl_context_cause(snarl_shutdown_context(s)) == -EDOM);
	CHECK(snarl_shutdown_signal(s) == 0);
	snarl_shutdown_release(s);
	snarl_context_release(parent);
}

static void the_context_ends_with_its_parent(void **state)
{
	(void)state;
	assert_int_equal(in_child(parent_ends), 0);
}

static int make_and_release(void)
{
	struct snarl_shutdown *s = snarl_shutdown_new(NULL, NULL, 0);
	int e = s ? 0 : -errno;

	CHECK(is_blocked(SIGINT) == (s != NULL));
	snarl_shutdown_release(s);
	CHECK(!is_blocked(SIGINT) && !is_blocked(SIGTERM));
	return e;
}

static void failing(void)
{
	CHECK(make_and_release() == 0);
	CHECK(fail_each_allocation(make_and_release) >= 4);
}

static void each_allocation_may_fail(void **state)
{
	(void)state;
	assert_int_equal(in_child(failing), 0);
}

static void no_descriptors(void)
{
	struct rlimit limit = {0, 0};
	int next = dup(0);

	CHECK(next >= 0);
	close(next);
	for (int more = 0; more < 2; more++) {
		limit.rlim_cur = limit.rlim_max = (rlim_t)(next + 1);
		if (!more)
			limit.rlim_cur = (rlim_t)next;
		CHECK(!setrlimit(RLIMIT_NOFILE, &limit));
		CHECK(!snarl_shutdown_new(NULL, NULL, 0) && errno == EMFILE);
		CHECK(!is_blocked(SIGINT) && !is_blocked(SIGTERM));
	}
}

static void a_want_of_descriptors_is_told(void **state)
{
	(void)state;
	assert_int_equal(in_child(no_descriptors), 0);
}

/* As programs do that become daemons. */
static void all_closed(void)
{
	struct snarl_shutdown *s = snarl_shutdown_new(NULL, NULL, 0);

	CHECK(s);
	for (int fd = 3; fd < 64; fd++)
		close(fd);
	snarl_shutdown_release(s);
	CHECK(!is_blocked(SIGINT) && !is_blocked(SIGTERM));
	_exit(0); /* the watch is lost, as it must be */
}

static void closed_descriptors_do_not_hold_it_up(void **state)
{
	(void)state;
	assert_int_equal(in_child(all_closed), 0);
}

static void misuse_is_refused(void **state)
{
	static const int bad[] = {SIGKILL, SIGSTOP, SIGSEGV, SIGABRT, 0, -1, 1000};
	int usual = SIGINT;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		int both[] = {usual, bad[i]};
		errno = 0;
		assert_null(snarl_shutdown_new(NULL, both, 2));
		assert_int_equal(errno, EINVAL);
	}
	assert_null(snarl_shutdown_new(NULL, NULL, 1));
	assert_int_equal(errno, EINVAL);
	assert_null(snarl_shutdown_context(NULL));
	assert_int_equal(snarl_shutdown_signal(NULL), -EINVAL);
	assert_null(snarl_shutdown_retain(NULL));
	snarl_shutdown_release(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_first_signal_ends_the_context),
		cmocka_unit_test(the_second_signal_has_its_default_action),
		cmocka_unit_test(only_the_given_signals_are_watched),
		cmocka_unit_test(what_was_not_read_is_not_lost),
		cmocka_unit_test(what_was_blocked_before_stays_blocked),
		cmocka_unit_test(no_mask_of_another_thread_is_touched),
		cmocka_unit_test(tasks_of_the_context_wind_up),
		cmocka_unit_test(the_context_ends_with_its_parent),
		cmocka_unit_test(each_allocation_may_fail),
		cmocka_unit_test(a_want_of_descriptors_is_told),
		cmocka_unit_test(closed_descriptors_do_not_hold_it_up),
		cmocka_unit_test(misuse_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
