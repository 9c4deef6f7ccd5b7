/* SPDX-License-Identifier: Apache-2.0
 *
 * Futex calls from signal handlers that come at any moment, also inside other futex calls of the
 * same thread: two threads hand a token to and fro, and a third one keeps sending them signals
 * whose handler wakes and waits on words of its own.  errno must survive all of it. */
// expect: silent
#include "../e2e/case.h"
#include <linux/futex.h>
#include <signal.h>
#include <stdint.h>
#include <sys/syscall.h>

#define ROUNDS 5000

static uint32_t token, over;
static uint32_t handled;

static long futex(uint32_t *word, int operation, uint32_t value)
{
	return syscall(SYS_futex, word, operation, value, NULL, NULL, 0);
}

static void on_signal(int number)
{
	int saved = errno;
	uint32_t own = 1;
	(void)number;
	CHECK(futex(&own, FUTEX_WAIT_PRIVATE, 0) == -1 && errno == EAGAIN);
	CHECK(futex(&own, FUTEX_WAKE_PRIVATE, 1) == 0);
	futex(&token, FUTEX_WAKE_PRIVATE, 2);
	__atomic_add_fetch(&handled, 1, __ATOMIC_RELAXED);
	errno = saved;
}

static void *player(void *argument)
{
	uint32_t me = (uint32_t)(uintptr_t)argument;
	for (uint32_t i = 0; i < ROUNDS; i++) {
		uint32_t seen;
		while ((seen = __atomic_load_n(&token, __ATOMIC_ACQUIRE)) % 2 != me) {
			errno = 0;
			long result = futex(&token, FUTEX_WAIT_PRIVATE, seen);
			CHECK(result == 0 || (result == -1 && (errno == EAGAIN || errno == EINTR)));
		}
		__atomic_store_n(&token, seen + 1, __ATOMIC_RELEASE);
		CHECK(futex(&token, FUTEX_WAKE_PRIVATE, 1) >= 0);
	}
	return NULL;
}

static void *sender(void *argument)
{
	const pthread_t *players = argument;
	while (!__atomic_load_n(&over, __ATOMIC_ACQUIRE)) {
		pthread_kill(players[0], SIGUSR1);
		pthread_kill(players[1], SIGUSR2);
		sched_yield();
	}
	return NULL;
}

int main(void)
{
	struct sigaction action = {.sa_handler = on_signal, .sa_flags = SA_RESTART};
	pthread_t players[2], third;
	sigaction(SIGUSR1, &action, NULL);
	action.sa_flags = 0;
	sigaction(SIGUSR2, &action, NULL);
	for (uintptr_t i = 0; i < 2; i++)
		START(&players[i], player, (void *)i);
	START(&third, sender, players);
	/* The ids must stay good as long as they are used. */
	while (__atomic_load_n(&token, __ATOMIC_ACQUIRE) < 2 * ROUNDS)
		sched_yield();
	__atomic_store_n(&over, 1, __ATOMIC_RELEASE);
	JOIN(third);
	JOIN(players[0]);
	JOIN(players[1]);
	CHECK(handled > 0);
	puts("done");
	return 0;
}
