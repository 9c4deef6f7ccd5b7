/* SPDX-License-Identifier: Apache-2.0
 *
 * Two accounts, transfers both ways.  Each transfer locks its own account first, so two of them can
 * meet in the middle and hang; here they run one after the other and nothing happens.  Yet.
 *
 * It reports:
 */
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
