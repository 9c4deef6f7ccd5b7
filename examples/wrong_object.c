/* SPDX-License-Identifier: Apache-2.0
 *
 * A session is closed twice: the second time its rwlock has been destroyed already.  It works, with
 * this C library and today.
 *
 * It reports:
 */
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
