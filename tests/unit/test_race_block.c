/* SPDX-License-Identifier: Apache-2.0
 *
 * Blocks of the heap, as the race engine remembers them: found by any address in them, the one that
 * lives before those that are gone, and never another one's. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include "race/block.h"

#define HEAP ((uintptr_t)0x7f0000000000)

static void note(uintptr_t start, size_t size, uint32_t context)
{
	const struct sn_block block = {.start = start, .size = size, .context = context};

	sn_block_note(&block);
}

static uint32_t context_at(uintptr_t address)
{
	struct sn_block block;

	return sn_block_find(address, &block) ? block.context : 0;
}

static void test_any_address(void **state)
{
	(void)state;
	note(HEAP, 48, 1);
	note(HEAP + 64, 24, 2);
	assert_int_equal(context_at(HEAP), 1);
	assert_int_equal(context_at(HEAP + 47), 1);
	assert_int_equal(context_at(HEAP + 48), 0);
	assert_int_equal(context_at(HEAP + 64 + 23), 2);
	assert_int_equal(context_at(HEAP - 1), 0);
}

static void test_across_stretches(void **state)
{
	uintptr_t start = HEAP + 0x100000 - 32;

	(void)state;
	note(start, 60000, 3);
	assert_int_equal(context_at(start + 59999), 3);
	assert_int_equal(context_at(start + 60000), 0);
}

static void test_large(void **state)
{
	uintptr_t start = HEAP + 0x40000010;
	struct sn_block block;

	(void)state;
	note(start, 1 << 28, 4);
	assert_true(sn_block_find(start + (1 << 27), &block));
	assert_int_equal(block.start, start);
	assert_int_equal(block.size, 1 << 28);
	sn_block_freed(start);
	note(start, 100, 5); /* a small one in its place */
	assert_int_equal(context_at(start + 99), 5);
}

static void test_gone(void **state)
{
	uintptr_t start = HEAP + 0x200000;
	struct sn_block block;

	(void)state;
	note(start, 32, 6);
	note(start + 48, 32, 7);
	sn_block_freed(start + 48);
	assert_true(sn_block_find(start + 50, &block));
	assert_int_equal(block.context, 7);
	assert_true(block.freed);
	/* One block where two were: what is left of the second tells nothing. */
	sn_block_freed(start);
	note(start, 96, 8);
	assert_true(sn_block_find(start + 50, &block));
	assert_int_equal(block.context, 8);
	assert_false(block.freed);
}

/* More than there is room for: each is found as itself, or not at all. */
static void test_many(void **state)
{
	unsigned found = 0;

	(void)state;
	for (uint32_t i = 0; i < 1u << 20; i++)
		note(HEAP + 0x80000000u + (uintptr_t)i * 512, 500, i % 1000000 + 1);
	for (uint32_t i = 0; i < 1u << 20; i += 4001) {
		uint32_t context = context_at(HEAP + 0x80000000u + (uintptr_t)i * 512 + 100);

		assert_true(!context || context == i % 1000000 + 1);
		found += context != 0;
	}
	assert_true(found > 100);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_any_address), cmocka_unit_test(test_across_stretches),
		cmocka_unit_test(test_large),       cmocka_unit_test(test_gone),
		cmocka_unit_test(test_many),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
