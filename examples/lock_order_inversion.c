/* SPDX-License-Identifier: Apache-2.0
 *
 * Two accounts, transfers both ways.  Each transfer locks its own account first, so two of them can
 * meet in the middle and hang; here they run one after the other and nothing happens.  Yet.
 *
 * It reports:
 *   ==snarl== lock-order-inversion (predicted): threads T2 (alice_pays) and T3 (bob_pays) take
 *       the same 2 locks in opposite orders  [id X]
 *     why: nothing rules it out: the threads are different, no common lock guards the steps,
 *         neither creation nor join orders them, and every step can block
 *     T2 (alice_pays) takes mutex 'bob.mutex' (M2) here, while it holds mutex 'alice.mutex'
 *         (M1):
 *       #0  transfer    examples/lock_order_inversion.c:56:2 (inlined)
 *             56 | pthread_mutex_lock(&to->mutex);
 *       #1  alice_pays  examples/lock_order_inversion.c:65:2
 *     T2 (alice_pays) acquired mutex 'alice.mutex' (M1) here:
 *       #0  transfer    examples/lock_order_inversion.c:55:2 (inlined)
 *             55 | pthread_mutex_lock(&from->mutex);
 *       #1  alice_pays  examples/lock_order_inversion.c:65:2
 *     T3 (bob_pays) takes mutex 'alice.mutex' (M1) here, while it holds mutex 'bob.mutex' (M2):
 *       #0  transfer  examples/lock_order_inversion.c:56:2 (inlined)
 *             56 | pthread_mutex_lock(&to->mutex);
 *       #1  bob_pays  examples/lock_order_inversion.c:73:2
 *     T3 (bob_pays) acquired mutex 'bob.mutex' (M2) here:
 *       #0  transfer  examples/lock_order_inversion.c:55:2 (inlined)
 *             55 | pthread_mutex_lock(&from->mutex);
 *       #1  bob_pays  examples/lock_order_inversion.c:73:2
 *     T2 (alice_pays) was created by T1 'main' in main at examples/lock_order_inversion.c:81:2
 *     T3 (bob_pays) was created by T1 'main' in main at examples/lock_order_inversion.c:82:2
 *     mutex 'alice.mutex' (M1): 0xX, static in lock_order_inversion, declared at
 *         examples/lock_order_inversion.c:49
 *     mutex 'bob.mutex' (M2): 0xX, static in lock_order_inversion, declared at
 *         examples/lock_order_inversion.c:50
 *     fix: Take these locks in one order everywhere, or take the inner one with trylock and
 *         back off, or guard both by one outer lock.
 *
 *   snarl: 1 finding (1 predicted): `snarl report` tells more
 */
// expect: lock-order-inversion predicted
#include <pthread.h>
#include <semaphore.h>
#include <stdio.h>

struct account {
	pthread_mutex_t mutex;
	long money;
};

static struct account alice = {PTHREAD_MUTEX_INITIALIZER, 100};
static struct account bob = {PTHREAD_MUTEX_INITIALIZER, 100};
static sem_t alice_has_paid;

static void transfer(struct account *from, struct account *to, long amount)
{
	pthread_mutex_lock(&from->mutex);
	pthread_mutex_lock(&to->mutex);
	from->money -= amount;
	to->money += amount;
	pthread_mutex_unlock(&to->mutex);
	pthread_mutex_unlock(&from->mutex);
}

static void *alice_pays(void *unused)
{
	transfer(&alice, &bob, 30);
	sem_post(&alice_has_paid);
	return unused;
}

static void *bob_pays(void *unused)
{
	sem_wait(&alice_has_paid);
	transfer(&bob, &alice, 10);
	return unused;
}

int main(void)
{
	pthread_t one, two;
	sem_init(&alice_has_paid, 0, 0);
	pthread_create(&one, NULL, alice_pays, NULL);
	pthread_create(&two, NULL, bob_pays, NULL);
	pthread_join(one, NULL);
	pthread_join(two, NULL);
	printf("alice %ld, bob %ld\n", alice.money, bob.money);
	return 0;
}
