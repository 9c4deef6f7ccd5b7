/* SPDX-License-Identifier: Apache-2.0
 *
 * A session is closed twice: the second time its rwlock has been destroyed already.  It works, with
 * this C library and today.
 *
 * It reports:
 *   ==snarl== wrong-object (confirmed): T1 'main' used rwlock 'session.0.lock' (M1), which had
 *       been destroyed  [id X]
 *     why: it was destroyed before, and not initialised again
 *     T1 'main' used rwlock 'session.0.lock' (M1) here:
 *       #0  session_close  examples/wrong_object.c:36:2 (inlined)
 *             36 | pthread_rwlock_wrlock(&s->lock);
 *       #1  main           examples/wrong_object.c:48:2
 *     T1 'main' had destroyed rwlock 'session.0.lock' (M1) here:
 *       #0  session_close  examples/wrong_object.c:39:2 (inlined)
 *             39 | pthread_rwlock_destroy(&s->lock);
 *       #1  main           examples/wrong_object.c:47:2
 *     rwlock 'session.0.lock' (M1): 0xX, static in wrong_object, declared at
 *         examples/wrong_object.c:44
 *     fix: Destroy the object when nobody can use it any more: join the threads first, and look
 *         for a second destroy.
 *
 *   snarl: 1 finding (1 confirmed): `snarl report` tells more
 */
// expect: wrong-object confirmed
#include <pthread.h>
#include <stdio.h>

struct session {
	pthread_rwlock_t lock;
	int open;
};

static void session_close(struct session *s)
{
	pthread_rwlock_wrlock(&s->lock);
	s->open = 0;
	pthread_rwlock_unlock(&s->lock);
	pthread_rwlock_destroy(&s->lock);
}

int main(void)
{
	static struct session session;
	pthread_rwlock_init(&session.lock, NULL);
	session.open = 1;
	session_close(&session);
	session_close(&session);
	puts("closed");
	return 0;
}
