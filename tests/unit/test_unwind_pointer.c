/* SPDX-License-Identifier: Apache-2.0
 *
 * Walking by the frame pointer, over code without unwind information that is made here: where it
 * keeps a frame pointer the trace goes on, and comes to the stack's end; where rbp is anything else
 * it ends with the last frame that is certain, and nothing faults. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <string.h>
#include <sys/mman.h>

#include "base/call_site.h"
#include "base/sys.h"
#include "base/unwind.h"

#define NOINLINE __attribute__((noinline))
#define OWN_CFA() ((uintptr_t)__builtin_frame_address(0) + 2 * sizeof(uintptr_t))

typedef void callback(void);
typedef void code(callback *next, const void *pointer);

static struct sn_unwind own;

static NOINLINE void probe(void)
{
	sn_unwind_from(&own, OWN_CFA(), SN_UNWIND_MAX);
	__asm__ volatile("" ::: "memory");
}

static uintptr_t page;

static code *make(const unsigned char *bytes, size_t n)
{
#ifndef __x86_64__
	skip();
#endif
	void *at = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	assert_ptr_not_equal(at, MAP_FAILED);
	memcpy(at, bytes, n);
	if (mprotect(at, 4096, PROT_READ | PROT_EXEC))
		skip();
	page = (uintptr_t)at;
	return (code *)at;
}

static int unmake(void **state)
{
	(void)state;
	if (page)
		munmap((void *)page, 4096);
	page = 0;
	sn_sandboxed = 0;
	return 0;
}

/* push %rbp; mov %rsp,%rbp; call *%rdi; pop %rbp; ret */
static const unsigned char framed[] = {0x55, 0x48, 0x89, 0xe5, 0xff, 0xd7, 0x5d, 0xc3};

/* push %rbp; mov %rsi,%rbp; call *%rdi; pop %rbp; ret */
static const unsigned char other_use[] = {0x55, 0x48, 0x89, 0xf5, 0xff, 0xd7, 0x5d, 0xc3};

/* The caller has unwind information, and rbp may be anything there. */
static void test_goes_on(void **state)
{
	code *run = make(framed, sizeof(framed));

	(void)state;
	run(probe, NULL);
	assert_int_equal(own.pc[0], (uintptr_t)run + 6);
	assert_true(own.depth > 2);
	assert_int_equal(own.complete, 1);
	assert_int_equal(own.by_pointer, 1);
	assert_int_equal(own.signal_frames, 0);
	assert_false(own.uncacheable);
}

static code *again;

static NOINLINE void call_again(void)
{
	again(probe, NULL);
	__asm__ volatile("" ::: "memory");
}

/* Frames with and without information, mixed. */
static void test_mixed(void **state)
{
	uint32_t before;

	(void)state;
	again = make(framed, sizeof(framed));
	call_again();
	before = own.depth;
	again(call_again, NULL);
	assert_int_equal(own.depth, before + 1);
	assert_int_equal(own.complete, 1);
	assert_int_equal(own.by_pointer, 2);
	assert_int_equal(own.pc[2], (uintptr_t)again + 6);
}

static void expect_one_frame(code *run, const void *pointer)
{
	run(probe, pointer);
	assert_int_equal(own.depth, 1);
	assert_int_equal(own.pc[0], (uintptr_t)run + 6);
	assert_int_equal(own.complete, 0);
	assert_int_equal(own.by_pointer, 0);
	assert_false(own.uncacheable);
}

/* A pointer into the stack, beside a pointer to a function, looks much like a frame. */
static void test_no_frame(void **state)
{
	code *run = make(other_use, sizeof(other_use));
	uintptr_t end = (uintptr_t)__builtin_frame_address(0);
	struct {
		uintptr_t saved, returns_to;
	} likely[] = {
		{end, (uintptr_t)probe}, {end, 0}, {end, end}, {end, page + 1}, {1, page + 6}};

	(void)state;
	for (size_t i = 0; i < sizeof(likely) / sizeof(likely[0]); i++)
		expect_one_frame(run, &likely[i]);
}

static void test_nowhere(void **state)
{
	code *run = make(other_use, sizeof(other_use));
	uintptr_t here = (uintptr_t)__builtin_frame_address(0);
	uintptr_t places[] = {
		0, 8, UINTPTR_MAX - 7, page, here + 1, here - 65536, here + (60ul << 20)};

	(void)state;
	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++)
		expect_one_frame(run, (const void *)places[i]);
}

/* Where the kernel may not be asked nothing is verified. */
static void test_sandboxed(void **state)
{
	code *run = make(framed, sizeof(framed));

	(void)state;
	sn_sandboxed = 1;
	expect_one_frame(run, NULL);
}

static NOINLINE int still_holds(void)
{
	for (uint32_t i = 0; i < own.check_count; i++)
		if (*(const volatile uintptr_t *)own.checks[i].address != own.checks[i].value)
			return 0;
	return 1;
}

static int held;

static NOINLINE void probe_and_verify(void)
{
	sn_unwind_from(&own, OWN_CFA(), SN_UNWIND_MAX);
	held = still_holds();
}

/* What the trace depended on is noted: the pointer's own slot as well as each return address. */
static void test_checks(void **state)
{
	code *run = make(framed, sizeof(framed));

	(void)state;
	run(probe_and_verify, NULL);
	assert_true(held);
	assert_true(own.check_count > own.depth);
}

static void test_call_sites(void **state)
{
	static const struct {
		uint8_t before[SN_CALL_SITE_BYTES];
		int is;
	} cases[] = {
		{{0x90, 0x90, 0xe8, 1, 2, 3, 4}, 1},             /* call rel32 */
		{{0x90, 0x90, 0x90, 0x90, 0x90, 0xff, 0xd0}, 1}, /* *%rax */
		{{0x90, 0x90, 0x90, 0x90, 0x41, 0xff, 0xd4}, 1}, /* *%r12 */
		{{0x90, 0x90, 0x90, 0x90, 0x90, 0xff, 0x10}, 1}, /* *(%rax) */
		{{0x90, 0x90, 0x90, 0x90, 0xff, 0x50, 0x18}, 1}, /* *0x18(%rax) */
		{{0x90, 0x90, 0x90, 0x90, 0xff, 0x14, 0xc8}, 1}, /* *(%rax,%rcx,8) */
		{{0x90, 0x90, 0x90, 0xff, 0x54, 0xc8, 0x08}, 1}, /* *8(%rax,%rcx,8) */
		{{0x90, 0xff, 0x15, 1, 2, 3, 4}, 1},             /* *x(%rip) */
		{{0x90, 0xff, 0x90, 1, 2, 3, 4}, 1},             /* *x(%rax) */
		{{0xff, 0x14, 0xc5, 1, 2, 3, 4}, 1},             /* *x(,%rax,8) */
		{{0xff, 0x94, 0xc8, 1, 2, 3, 4}, 1},             /* *x(%rax,%rcx,8) */
		{{0x90, 0x90, 0xe9, 1, 2, 3, 4}, 0},             /* jmp */
		{{0x90, 0x90, 0x90, 0x90, 0x90, 0xff, 0xe0}, 0}, /* jmp *%rax */
		{{0x90, 0x90, 0x90, 0x90, 0x90, 0x0f, 0x05}, 0}, /* syscall */
		{{0x90, 0x90, 0x90, 0x90, 0x90, 0x5d, 0xc3}, 0}, /* pop; ret */
		{{0x90, 0x90, 0x90, 0x90, 0x90, 0xff, 0x15}, 0}, /* the head of a longer one */
		{{0, 0, 0, 0, 0, 0, 0}, 0},
	};

	(void)state;
#ifndef __x86_64__
	skip();
#endif
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_int_equal(sn_is_call_site(cases[i].before), cases[i].is);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(test_goes_on, unmake),
		cmocka_unit_test_teardown(test_mixed, unmake),
		cmocka_unit_test_teardown(test_no_frame, unmake),
		cmocka_unit_test_teardown(test_nowhere, unmake),
		cmocka_unit_test_teardown(test_sandboxed, unmake),
		cmocka_unit_test_teardown(test_checks, unmake),
		cmocka_unit_test(test_call_sites),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
