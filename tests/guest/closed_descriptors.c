/* SPDX-License-Identifier: Apache-2.0
 *
 * A program that closes its standard streams, or every descriptor there is, as daemons do, and then
 * opens files of its own.  Nothing of ours may land in them, and nothing of ours may be needed. */
// expect: silent
// variants: stderr stdin stdout all range
#include "case.h"
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>

static pthread_mutex_t locks[5000];

static void *use_locks(void *first)
{
	for (long i = (long)first; i < 5000; i++) {
		pthread_mutex_lock(&locks[i - 1]);
		pthread_mutex_lock(&locks[i]);
		pthread_mutex_unlock(&locks[i]);
		pthread_mutex_unlock(&locks[i - 1]);
	}
	return NULL;
}

static void close_some(const char *how)
{
	if (!strcmp(how, "stdin"))
		close(0);
	if (!strcmp(how, "stdout"))
		close(1);
	if (!strcmp(how, "stderr"))
		close(2);
	if (!strcmp(how, "all"))
		for (int i = 3; i < 1024; i++)
			close(i);
	if (!strcmp(how, "range"))
		syscall(SYS_close_range, 3u, ~0u, 0);
}

int main(int argc, char **argv)
{
	const char *how = argc > 1 ? argv[1] : "all";
	char name[] = "/tmp/snarl-guest-XXXXXX", found[64] = "";
	int files[40];
	pthread_t thread;
	use_locks((void *)4000);
	close_some(how);
	for (int i = 0; i < 40; i++) {
		strcpy(name + sizeof name - 7, "XXXXXX");
		files[i] = mkstemp(name);
		CHECK(files[i] >= 0);
		unlink(name);
		CHECK(write(files[i], "mine\n", 5) == 5);
	}
	START(&thread, use_locks, (void *)1);
	JOIN(thread);
	for (int i = 0; i < 40; i++) {
		struct stat st;
		CHECK(fstat(files[i], &st) == 0 && st.st_size == 5);
		CHECK(pread(files[i], found, sizeof found, 0) == 5 && !memcmp(found, "mine\n", 5));
	}
	puts("done");
	fflush(stdout);
	return 7;
}
