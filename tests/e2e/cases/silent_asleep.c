/* SPDX-License-Identifier: Apache-2.0
 *
 * Every thread seems to be asleep, and yet something still wakes them: a time limit, a signal
 * handler, a system call that returns, a timer's thread, another process. */
// expect: silent
// variants: timed poll sleep handler timer-thread pipe shared child wakeup-on-its-way ping-pong
// main-left
#include "case.h"
#include <poll.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <sys/wait.h>

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t cond = PTHREAD_COND_INITIALIZER, other = PTHREAD_COND_INITIALIZER;
static int ready, rounds;
static sem_t semaphore;
static pid_t tid;

static void *waits(void *unused)
{
	(void)unused;
	publish_tid(&tid);
	pthread_mutex_lock(&mutex);
	while (!ready)
		pthread_cond_wait(&cond, &mutex);
	pthread_mutex_unlock(&mutex);
	return NULL;
}

static void wake(void)
{
	pthread_mutex_lock(&mutex);
	ready = 1;
	pthread_cond_broadcast(&cond);
	pthread_mutex_unlock(&mutex);
}

static void *timed_waker(void *unused)
{
	(void)unused;
	struct timespec t = soon(CLOCK_REALTIME, 300);
	pthread_mutex_lock(&mutex);
	while (pthread_cond_timedwait(&other, &mutex, &t) == 0)
		continue;
	pthread_mutex_unlock(&mutex);
	wake();
	return NULL;
}

static void *poll_waker(void *unused)
{
	(void)unused;
	poll(NULL, 0, 300);
	wake();
	return NULL;
}

static void *sleep_waker(void *unused)
{
	(void)unused;
	usleep(300000);
	wake();
	return NULL;
}

static void *pipe_waker(void *p)
{
	char byte;
	CHECK(read(*(int *)p, &byte, 1) == 1);
	wake();
	return NULL;
}

static void with(void *(*waker)(void *), void *argument)
{
	pthread_t threads[2];
	START(&threads[0], waits, NULL);
	await_blocked(&tid);
	START(&threads[1], waker, argument);
	JOIN(threads[0]);
	JOIN(threads[1]);
}

/* Another process writes after a while. */
static void with_pipe(void)
{
	int ends[2];
	CHECK(pipe(ends) == 0);
	pid_t child = fork();
	if (!child) {
		usleep(300000);
		_exit(write(ends[1], "x", 1) != 1);
	}
	with(pipe_waker, &ends[0]);
	waitpid(child, NULL, 0);
}

static void on_alarm(int number)
{
	(void)number;
	sem_post(&semaphore);
}

static void set_alarm(void)
{
	struct sigaction action = {.sa_handler = on_alarm, .sa_flags = SA_RESTART};
	struct timeval soon_enough = {0, 300000};
	struct itimerval timer = {{0, 0}, soon_enough};
	sigaction(SIGALRM, &action, NULL);
	setitimer(ITIMER_REAL, &timer, NULL);
}

/* All threads wait; the handler posts. */
static void with_handler(void)
{
	pthread_t thread;
	sem_init(&semaphore, 0, 0);
	START(&thread, waits, NULL);
	await_blocked(&tid);
	set_alarm();
	while (sem_wait(&semaphore))
		continue;
	wake();
	JOIN(thread);
}

static void timer_wakes(union sigval unused)
{
	(void)unused;
	wake();
}

/* The timer's thread is made by glibc, unseen. */
static void with_timer_thread(void)
{
	pthread_t thread;
	timer_t timer;
	struct sigevent event = {.sigev_notify = SIGEV_THREAD,
				 .sigev_notify_function = timer_wakes};
	struct itimerspec when = {{0, 0}, {0, 300000000}};
	CHECK(timer_create(CLOCK_MONOTONIC, &event, &timer) == 0);
	START(&thread, waits, NULL);
	await_blocked(&tid);
	timer_settime(timer, 0, &when, NULL);
	JOIN(thread);
}

struct page {
	pthread_mutex_t mutex;
	pthread_cond_t cond;
	int ready;
};

static struct page *shared_page(void)
{
	pthread_mutexattr_t m;
	pthread_condattr_t c;
	struct page *page =
		mmap(NULL, sizeof *page, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	pthread_mutexattr_init(&m);
	pthread_condattr_init(&c);
	pthread_mutexattr_setpshared(&m, PTHREAD_PROCESS_SHARED);
	pthread_condattr_setpshared(&c, PTHREAD_PROCESS_SHARED);
	pthread_mutex_init(&page->mutex, &m);
	pthread_cond_init(&page->cond, &c);
	return page;
}

static void wait_in(struct page *page)
{
	pthread_mutex_lock(&page->mutex);
	while (!page->ready)
		pthread_cond_wait(&page->cond, &page->mutex);
	pthread_mutex_unlock(&page->mutex);
}

static void wake_in(struct page *page)
{
	usleep(300000);
	pthread_mutex_lock(&page->mutex);
	page->ready = 1;
	pthread_cond_broadcast(&page->cond);
	pthread_mutex_unlock(&page->mutex);
}

/* The only thread waits for another process, or a child waits for its parent. */
static void with_process(int child_waits)
{
	struct page *page = shared_page();
	pid_t child = fork();
	if (!child) {
		if (child_waits)
			wait_in(page);
		else
			wake_in(page);
		_exit(0);
	}
	if (child_waits)
		wake_in(page);
	else
		wait_in(page);
	waitpid(child, NULL, 0);
}

/* The last signal is on its way when its sender falls asleep. */
static void wakeup_on_its_way(void)
{
	for (int i = 0; i < 300; i++) {
		pthread_t thread;
		ready = 0;
		__atomic_store_n(&tid, 0, __ATOMIC_RELEASE);
		START(&thread, waits, NULL);
		if (i % 3)
			await_blocked(&tid);
		wake();
		JOIN(thread);
	}
}

static void *ping(void *me)
{
	int mine = me != NULL;
	pthread_mutex_lock(&mutex);
	while (rounds < 40000) {
		while (rounds % 2 != mine && rounds < 40000)
			pthread_cond_wait(mine ? &cond : &other, &mutex);
		rounds++;
		pthread_cond_signal(mine ? &other : &cond);
	}
	pthread_cond_broadcast(&cond);
	pthread_cond_broadcast(&other);
	pthread_mutex_unlock(&mutex);
	return NULL;
}

static void ping_pong(void)
{
	pthread_t threads[2];
	START(&threads[0], ping, NULL);
	START(&threads[1], ping, &rounds);
	JOIN(threads[0]);
	JOIN(threads[1]);
}

static void *last_one(void *unused)
{
	pthread_t thread;
	(void)unused;
	START(&thread, sleep_waker, NULL);
	waits(NULL);
	JOIN(thread);
	exit(0);
}

/* The main thread has ended; the others go on. */
static void main_left(void)
{
	pthread_t thread;
	START(&thread, last_one, NULL);
	pthread_detach(thread);
	pthread_exit(NULL);
}

int main(int argc, char **argv)
{
	const char *name = argc > 1 ? argv[1] : "";
	if (!strcmp(name, "timed"))
		with(timed_waker, NULL);
	if (!strcmp(name, "poll"))
		with(poll_waker, NULL);
	if (!strcmp(name, "sleep"))
		with(sleep_waker, NULL);
	if (!strcmp(name, "pipe"))
		with_pipe();
	if (!strcmp(name, "handler"))
		with_handler();
	if (!strcmp(name, "timer-thread"))
		with_timer_thread();
	if (!strcmp(name, "shared") || !strcmp(name, "child"))
		with_process(!strcmp(name, "child"));
	if (!strcmp(name, "wakeup-on-its-way"))
		wakeup_on_its_way();
	if (!strcmp(name, "ping-pong"))
		ping_pong();
	if (!strcmp(name, "main-left"))
		main_left();
	return 0;
}
