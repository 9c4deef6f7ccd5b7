/* SPDX-License-Identifier: Apache-2.0
 *
 * Pictures kept beside recordings: a good one comes back as it was, and whatever else lies there is
 * refused or mended, at a cost that its length does not bound. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "outside/seen.h"

#define THREADS 3
#define MODULES 2
#define MUTANTS 20000

static char folder[] = "/tmp/snarl-seen-XXXXXX";
static int folder_fd;
static struct sn_header header = {.pid = 7, .started_mono_ns = 99};

static int open_folder(void **state)
{
	(void)state;
	if (!mkdtemp(folder))
		return -1;
	folder_fd = open(folder, O_RDONLY | O_DIRECTORY);
	return folder_fd < 0;
}

static int remove_folder(void **state)
{
	(void)state;
	unlinkat(folder_fd, "7.snarl.seen", 0);
	close(folder_fd);
	return rmdir(folder);
}

static int load(struct sn_seen *s)
{
	return sn_seen_load(s, folder_fd, "7.snarl", &header);
}

static void store(void)
{
	struct sn_seen_thread threads[THREADS] = {{.owner = 1}, {.owner = 2}, {.owner = 3}};
	struct sn_seen_module modules[MODULES] = {{.start = 1, .path = "/a"}, {.path = "/b"}};
	struct sn_seen s = {.pid = 7,
			    .thread_count = THREADS,
			    .module_count = MODULES,
			    .threads = threads,
			    .modules = modules};
	assert_int_equal(sn_seen_store(&s, folder_fd, "7.snarl", &header), 0);
}

/* Writes over the file, and may make it longer. */
static void change(long offset, const void *bytes, size_t size)
{
	int fd = openat(folder_fd, "7.snarl.seen", O_WRONLY);
	assert_true(fd >= 0);
	assert_int_equal(pwrite(fd, bytes, size, offset), size);
	close(fd);
}

static long length(void)
{
	int fd = openat(folder_fd, "7.snarl.seen", O_RDONLY);
	long n = lseek(fd, 0, SEEK_END);
	close(fd);
	return n;
}

static void comes_back(void **state)
{
	struct sn_seen s;
	(void)state;
	store();
	assert_int_equal(load(&s), 0);
	assert_int_equal(s.thread_count, THREADS);
	assert_int_equal(s.threads[2].owner, 3);
	assert_string_equal(s.modules[1].path, "/b");
	sn_seen_free(&s);
}

/* The counts are right for its length, nearly all of which is a hole. */
static void holes(void **state)
{
	struct sn_seen s;
	uint32_t count = 3000000;
	store();
	long head = length() - (long)(THREADS * sizeof(*s.threads) + MODULES * sizeof(*s.modules));
	long at = head - (long)sizeof(s) + (long)offsetof(struct sn_seen, thread_count);
	long end = head + (long)(count * sizeof(*s.threads) + MODULES * sizeof(*s.modules));
	(void)state;
	change(at, &count, sizeof(count));
	change(end - 1, "", 1);
	assert_int_equal(load(&s), -EINVAL);
}

/* Every byte is anything: each picture that is taken can be read to its end. */
static void mutants(void **state)
{
	struct sn_seen s;
	uint64_t random = 88172645463325252u;
	unsigned taken = 0;
	(void)state;
	store();
	for (int i = 0; i < MUTANTS; i++) {
		if (i % 16 == 0)
			store();
		random ^= random << 13, random ^= random >> 7, random ^= random << 17;
		change((long)(random >> 8) % length(), &random, 1);
		if (load(&s))
			continue;
		taken++;
		for (uint32_t t = 0; t < s.thread_count; t++)
			assert_true(s.threads[t].call.depth <= SN_REMOTE_FRAMES);
		for (uint32_t m = 0; m < s.module_count; m++)
			assert_true(strlen(s.modules[m].path) < sizeof(s.modules[m].path) &&
				    s.modules[m].build_id_size <= SN_BUILD_ID_MAX);
		sn_seen_free(&s);
	}
	assert_true(taken > MUTANTS / 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(comes_back),
		cmocka_unit_test(holes),
		cmocka_unit_test(mutants),
	};
	return cmocka_run_group_tests(tests, open_folder, remove_folder);
}
