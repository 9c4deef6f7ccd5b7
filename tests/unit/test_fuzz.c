/* SPDX-License-Identifier: Apache-2.0
 *
 * The whole report on recordings that libFuzzer has made (tests/fuzz/corpus), and on some thousand
 * others, the same in every run.  `make fuzz` goes on where this ends. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>
#include "tests/unit/fuzz_maker.h"

#define CORPUS "tests/fuzz/corpus"
#define PROGRAMS 3000
#define REPORT_MOST (16u << 20) /* a recording of some ten KiB makes no more text than this */

static void try(const uint8_t *bytes, size_t size)
{
	assert_true(sn_fuzz_report(bytes, size) < REPORT_MOST);
}

static void what_was_found_is_read(void **state)
{
	static uint8_t bytes[65536];
	DIR *d = opendir(CORPUS);
	struct dirent *e;
	ssize_t n;

	(void)state;
	assert_non_null(d);
	while ((e = readdir(d))) {
		int fd = openat(dirfd(d), e->d_name, O_RDONLY | O_CLOEXEC);
		if (fd >= 0 && (n = read(fd, bytes, sizeof(bytes))) > 0)
			try(bytes, (size_t)n);
		close(fd);
	}
	closedir(d);
}

static uint64_t seed = 88172645463325252u;

static uint64_t next(void)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	return seed ^= seed << 17;
}

/* Values that counts and indices go wrong with. */
static uint32_t value(void)
{
	static const uint32_t edges[] = {0,   1,     2,        7,        8,         9,
					 255, 65535, 1u << 24, 1u << 31, UINT32_MAX};
	uint64_t n = next();

	return n % 3 ? (uint32_t)(n >> 32) % 16
		     : edges[(n >> 8) % (sizeof(edges) / sizeof(*edges))];
}

static void programs_of_changes(void **state)
{
	uint8_t bytes[1 + 8 * 16] = {0};

	(void)state;
	for (int i = 0; i < PROGRAMS; i++) {
		size_t changes = 1 + next() % 16;

		bytes[0] = (uint8_t)(1 + i % 4);
		for (size_t c = 0; c < changes; c++) {
			uint32_t v = value(), head = (uint32_t)next() & 0x1fc0fff;

			/* Fields lie at multiples of four. */
			head = (head & 0xffff) | (head >> 16 & 0x7f) << 18;
			for (int b = 0; b < 4; b++) {
				bytes[1 + 8 * c + b] = (uint8_t)(head >> 8 * b);
				bytes[5 + 8 * c + b] = (uint8_t)(v >> 8 * b);
			}
		}
		try(bytes, 1 + 8 * changes);
	}
}

static void bytes_of_any_kind(void **state)
{
	uint8_t bytes[512] = {0};

	(void)state;
	for (int i = 0; i < PROGRAMS; i++) {
		for (size_t b = 1; b < sizeof(bytes); b++)
			bytes[b] = (uint8_t)next();
		try(bytes, 1 + next() % (sizeof(bytes) - 1));
	}
}

static void pictures(void **state)
{
	uint8_t bytes[1 + 8 * 16] = {0};

	(void)state;
	/* A good picture is told of, an empty one is refused. */
	assert_int_not_equal(sn_fuzz_seen((const uint8_t[]){1}, 1), sn_fuzz_seen(bytes, 1));
	for (int i = 0; i < PROGRAMS / 3; i++) {
		size_t changes = next() % 16;

		for (size_t b = 1; b < sizeof(bytes); b++)
			bytes[b] = (uint8_t)next();
		for (size_t c = 0; c < changes && i % 2; c++) {
			uint32_t v = value();
			for (int b = 0; b < 4; b++)
				bytes[5 + 8 * c + b] = (uint8_t)(v >> 8 * b);
		}
		bytes[0] = i % 8 != 0;
		assert_true(sn_fuzz_seen(bytes, 1 + 8 * changes) < REPORT_MOST);
	}
	sn_fuzz_end();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_was_found_is_read),
		cmocka_unit_test(programs_of_changes),
		cmocka_unit_test(bytes_of_any_kind),
		cmocka_unit_test(pictures),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
