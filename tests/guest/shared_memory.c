/* SPDX-License-Identifier: Apache-2.0
 *
 * Locks in memory that processes share: process-shared ones between a parent and its children, and
 * private ones that lie in such a page and are used by one process only. */
// expect: silent
#include "case.h"
#include <sys/mman.h>
#include <sys/wait.h>

struct page {
	pthread_mutex_t shared, private;
	pthread_rwlock_t rwlock;
	pthread_cond_t changed;
	long count;
	int turn;
};

static struct page *make_page(void)
{
	pthread_mutexattr_t mutexattr;
	pthread_rwlockattr_t rwlockattr;
	pthread_condattr_t condattr;
	struct page *page =
		mmap(NULL, sizeof *page, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	CHECK(page != MAP_FAILED);
	pthread_mutexattr_init(&mutexattr);
	pthread_mutexattr_setpshared(&mutexattr, PTHREAD_PROCESS_SHARED);
	pthread_rwlockattr_init(&rwlockattr);
	pthread_rwlockattr_setpshared(&rwlockattr, PTHREAD_PROCESS_SHARED);
	pthread_condattr_init(&condattr);
	pthread_condattr_setpshared(&condattr, PTHREAD_PROCESS_SHARED);
	CHECK(pthread_mutex_init(&page->shared, &mutexattr) == 0);
	CHECK(pthread_mutex_init(&page->private, NULL) == 0);
	CHECK(pthread_rwlock_init(&page->rwlock, &rwlockattr) == 0);
	CHECK(pthread_cond_init(&page->changed, &condattr) == 0);
	return page;
}

static void work(struct page *page, int me)
{
	for (int i = 0; i < 500; i++) {
		CHECK(pthread_mutex_lock(&page->shared) == 0);
		CHECK(pthread_rwlock_wrlock(&page->rwlock) == 0);
		page->count++;
		CHECK(pthread_rwlock_unlock(&page->rwlock) == 0);
		CHECK(pthread_mutex_unlock(&page->shared) == 0);
	}
	for (int i = 0; i < 50; i++) {
		CHECK(pthread_mutex_lock(&page->shared) == 0);
		while (page->turn != me)
			pthread_cond_wait(&page->changed, &page->shared);
		page->turn = !me;
		pthread_cond_signal(&page->changed);
		CHECK(pthread_mutex_unlock(&page->shared) == 0);
	}
}

int main(void)
{
	int status;
	struct page *page = make_page();
	pid_t pid = fork();
	CHECK(pid >= 0);
	if (!pid) {
		CHECK(pthread_mutex_lock(&page->private) == 0);
		CHECK(pthread_mutex_unlock(&page->private) == 0);
		work(page, 1);
		_exit(4);
	}
	work(page, 0);
	CHECK(waitpid(pid, &status, 0) == pid && WEXITSTATUS(status) == 4);
	CHECK(pthread_mutex_lock(&page->private) == 0);
	CHECK(pthread_mutex_unlock(&page->private) == 0);
	printf("%ld\n", page->count);
	return 7;
}
