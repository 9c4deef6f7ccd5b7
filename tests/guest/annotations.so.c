/* SPDX-License-Identifier: Apache-2.0
 *
 * A run-time library that ThreadSanitizer's annotations are meant for, as libtsan is; loaded by
 * annotations_heard. It hears them all, with what they were given, and answers. */
void __tsan_mutex_create(void *lock, unsigned flags);
void __tsan_mutex_destroy(void *lock, unsigned flags);
void __tsan_mutex_pre_lock(void *lock, unsigned flags);
void __tsan_mutex_post_lock(void *lock, unsigned flags, int recursion);
int __tsan_mutex_pre_unlock(void *lock, unsigned flags);
void __tsan_mutex_post_unlock(void *lock, unsigned flags);
extern unsigned long heard;
unsigned long heard;

static void hear(unsigned what, const void *lock, unsigned flags)
{
	heard = heard * 31 + what * 1000 + flags + (lock != 0);
}

void __tsan_mutex_create(void *lock, unsigned flags)
{
	hear(1, lock, flags);
}

void __tsan_mutex_destroy(void *lock, unsigned flags)
{
	hear(2, lock, flags);
}

void __tsan_mutex_pre_lock(void *lock, unsigned flags)
{
	hear(3, lock, flags);
}

void __tsan_mutex_post_lock(void *lock, unsigned flags, int recursion)
{
	hear(4 + (unsigned)recursion, lock, flags);
}

int __tsan_mutex_pre_unlock(void *lock, unsigned flags)
{
	hear(5, lock, flags);
	return 17;
}

void __tsan_mutex_post_unlock(void *lock, unsigned flags)
{
	hear(6, lock, flags);
}
