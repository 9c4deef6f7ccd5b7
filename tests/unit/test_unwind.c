/* SPDX-License-Identifier: Apache-2.0
 *
 * The unwinder against two others: every trace that probe() takes must be the same by our own call
 * frame information, by libunwind and by glibc's backtrace().  The checks of a trace are tried as
 * the hot path tries them: a trace of the same place and stack pointer whose checks all hold must
 * be the very same trace.  Frames of all shapes come from shared objects that are compiled here,
 * with each compiler and each option that changes the shape; without a compiler those tests are
 * skipped.  probe() runs in threads and handlers, so it counts what is wrong instead of asserting.
 * All is tried twice: the second time modules are looked up as before glibc 2.35. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <alloca.h>
#include <dlfcn.h>
#include <errno.h>
#include <limits.h>
#include <link.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <ucontext.h>
#include <unistd.h>

#include "base/unwind_internal.h"
#include "tests/unit/unwind_oracle_maker.h"

#if defined(__SANITIZE_ADDRESS__)
#define SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define SANITIZED 1
#endif
#endif
#ifndef SANITIZED
#define SANITIZED 0
#endif

#ifdef __OPTIMIZE__
#define OPTIMIZED 1
#else
#define OPTIMIZED 0
#endif

#ifdef __x86_64__
#define WALKS 1
#else
#define WALKS 0
#endif

#define NOINLINE __attribute__((noinline))
#define OWN_CFA() ((uintptr_t)__builtin_frame_address(0) + 2 * sizeof(uintptr_t))
/* Keeps a call from becoming a jump, which would leave no frame. */
#define NOT_LAST() __asm__ volatile("" ::: "memory")

typedef void callback(void);
typedef void shape(callback *next, size_t size);

static struct sn_unwind own, judge;
static void *traced[1024];
/* By name it might be libunwind's, which has one too. */
static int (*libc_backtrace)(void **, int);

static struct {
	int probes;
	int wrong;
	int incomplete;
	int uncacheable;
	uint32_t deepest;
} seen;

static int steps;
static volatile sig_atomic_t stepping;

static void show(const char *name, const struct sn_unwind *u)
{
	print_message("%s: depth %u, complete %d, uncacheable %d\n", name, u->depth, u->complete,
		      u->uncacheable);
	for (uint32_t i = 0; i < u->depth; i++) {
		Dl_info info = {.dli_sname = NULL};

		dladdr((void *)u->pc[i], &info);
		print_message("  %p %s\n", (void *)u->pc[i], info.dli_sname ? info.dli_sname : "?");
	}
}

static int same_pcs(const struct sn_unwind *a, const struct sn_unwind *b)
{
	return a->depth == b->depth && !memcmp(a->pc, b->pc, a->depth * sizeof(a->pc[0]));
}

static int same_trace(const struct sn_unwind *a, const struct sn_unwind *b)
{
	return same_pcs(a, b) && a->complete == b->complete;
}

/* What the hot path does before it believes a remembered trace. */
__attribute__((no_sanitize("address"))) static int verify(const struct sn_unwind *u)
{
	for (uint32_t i = 0; i < u->check_count; i++) {
		if (*(const volatile uintptr_t *)u->checks[i].address != u->checks[i].value)
			return 0;
	}
	return 1;
}

/* Our frames come first in backtrace()'s list, and it has no limit of SN_UNWIND_MAX. */
static int same_as_backtrace(const struct sn_unwind *u, int count)
{
	int first = 0;

	while (first < count && (uintptr_t)traced[first] != u->pc[0])
		first++;
	if (first == count || count - first < (int)u->depth)
		return 0;
	if (count - first > (int)u->depth && u->depth != SN_UNWIND_MAX)
		return 0;
	return !memcmp(&traced[first], u->pc, u->depth * sizeof(u->pc[0]));
}

static void count_wrong(const char *what)
{
	if (seen.wrong++ < 3) {
		print_message("differs from %s\n", what);
		show("own", &own);
		show("judge", &judge);
	}
}

static void compare(int count)
{
	seen.probes++;
	seen.incomplete += !own.complete;
	seen.uncacheable += own.uncacheable;
	if (own.depth > seen.deepest)
		seen.deepest = own.depth;
	if (own.uncacheable && stepping && same_pcs(&own, &judge))
		return;
	if (!same_trace(&own, &judge))
		count_wrong("libunwind");
	else if (!same_as_backtrace(&own, count))
		count_wrong("backtrace()");
	else if (!verify(&own))
		count_wrong("what its own checks say");
}

/* Takes the trace of its caller in three ways, as a wrapper would. */
static NOINLINE void probe(void)
{
	uintptr_t cfa = OWN_CFA();

	sn_unwind_from(&own, cfa, SN_UNWIND_MAX);
	oracle_unwind_from(&judge, cfa, SN_UNWIND_MAX);
	compare(libc_backtrace(traced, sizeof(traced) / sizeof(traced[0])));
	NOT_LAST();
}

static void begin(void)
{
	if (!WALKS)
		skip();
	memset(&seen, 0, sizeof(seen));
}

static void expect_right(int probes)
{
	assert_int_equal(seen.probes, probes);
	assert_int_equal(seen.wrong, 0);
	assert_int_equal(seen.incomplete, 0);
	assert_int_equal(seen.uncacheable, 0);
}

/* --- frames of this program --- */

static NOINLINE void recurse(int depth)
{
	if (depth)
		recurse(depth - 1);
	else
		probe();
	NOT_LAST();
}

static void test_recursion(void **state)
{
	(void)state;
	begin();
	for (int depth = 1; depth <= 100; depth++)
		recurse(depth);
	expect_right(100);
	assert_true(seen.deepest > 100);
}

static void test_deeper_than_max(void **state)
{
	(void)state;
	begin();
	recurse(300);
	assert_int_equal(seen.wrong, 0);
	assert_int_equal(own.depth, SN_UNWIND_MAX);
	assert_int_equal(own.complete, 0);
	assert_int_equal(own.uncacheable, 0);
}

static NOINLINE void probe_max(uint32_t max)
{
	sn_unwind_from(&own, OWN_CFA(), max);
	oracle_unwind_from(&judge, OWN_CFA(), max);
	NOT_LAST();
}

static void test_max(void **state)
{
	uint32_t whole;

	(void)state;
	begin();
	probe_max(SN_UNWIND_MAX);
	whole = own.depth;
	for (uint32_t max = 1; max <= whole; max++) {
		probe_max(max);
		assert_int_equal(own.depth, max);
		assert_int_equal(own.complete, max == whole);
		assert_true(same_trace(&own, &judge));
		assert_true(own.check_count <= 2 * max);
	}
}

static NOINLINE int probe_and_verify(void)
{
	sn_unwind_from(&own, OWN_CFA(), SN_UNWIND_MAX);
	return verify(&own);
}

/* On every processor: what is known without a walk. */
static void test_first_frame(void **state)
{
	(void)state;
	assert_true(probe_and_verify());
	assert_int_equal(own.complete, WALKS);
	assert_false(own.uncacheable);
	assert_true(own.depth >= 1 && own.check_count >= own.depth);
}

/* No frame has this address: nothing is known but the word there. */
static void test_no_such_frame(void **state)
{
	uintptr_t words[4] = {1, 2, 3, 4};

	(void)state;
	begin();
	assert_int_equal(sn_unwind_from(&own, (uintptr_t)&words[2], SN_UNWIND_MAX), 1);
	assert_int_equal(own.pc[0], 2);
	assert_true(own.uncacheable);
	assert_false(own.complete);
	assert_int_equal(oracle_unwind_from(&own, (uintptr_t)&words[2], SN_UNWIND_MAX), 1);
	assert_int_equal(own.pc[0], 2);
}

static int compare_and_probe(const void *a, const void *b)
{
	probe();
	return *(const int *)a - *(const int *)b;
}

static void test_through_libc(void **state)
{
	int numbers[] = {5, 3, 9, 1, 7, 2, 8}, key = 8, probes;

	(void)state;
	begin();
	qsort(numbers, 7, sizeof(int), compare_and_probe);
	probes = seen.probes;
	assert_true(probes > 5);
	assert_non_null(bsearch(&key, numbers, 7, sizeof(int), compare_and_probe));
	expect_right(seen.probes);
	assert_true(seen.probes > probes);
}

static NOINLINE int add_all(int count, ...)
{
	va_list list;
	int sum = 0;

	va_start(list, count);
	for (int i = 0; i < count; i++)
		sum += va_arg(list, int) + (int)va_arg(list, double);
	va_end(list);
	probe();
	return sum;
}

static void test_variadic(void **state)
{
	(void)state;
	begin();
	assert_int_equal(add_all(4, 1, 1.0, 2, 2.0, 3, 3.0, 4, 4.0), 20);
	expect_right(1);
}

static void *thread_probes(void *unused)
{
	recurse(10);
	return unused;
}

static void test_thread(void **state)
{
	pthread_t thread;

	(void)state;
	begin();
	assert_int_equal(pthread_create(&thread, NULL, thread_probes, NULL), 0);
	assert_int_equal(pthread_join(thread, NULL), 0);
	expect_right(1);
	assert_true(own.depth >= 12 && own.depth < 20);
}

static ucontext_t outside, inside;

static NOINLINE void probe_context(void)
{
	sn_unwind_from(&own, OWN_CFA(), SN_UNWIND_MAX);
	oracle_unwind_from(&judge, OWN_CFA(), SN_UNWIND_MAX);
	NOT_LAST();
}

static void coroutine(void)
{
	probe_context();
	NOT_LAST();
}

static void test_coroutine(void **state)
{
	static char stack[256 << 10] __attribute__((aligned(16)));

	(void)state;
	begin();
	getcontext(&inside);
	inside.uc_stack.ss_sp = stack;
	inside.uc_stack.ss_size = sizeof(stack);
	inside.uc_link = &outside;
	makecontext(&inside, coroutine, 0);
	assert_int_equal(swapcontext(&outside, &inside), 0);
	/* Where makecontext's code returns to, libc says nothing of the end; libunwind guesses. */
	judge.complete = own.complete;
	assert_true(same_trace(&own, &judge));
	assert_int_equal(own.depth, 2);
	assert_false(own.uncacheable);
}

/* --- small stacks --- */

#define SMALL_STACK ((size_t)PTHREAD_STACK_MIN < 16384 ? 16384 : (size_t)PTHREAD_STACK_MIN)
#define PAINT 0xa5

static uintptr_t stack_before;

static NOINLINE void probe_own(void)
{
	stack_before = (uintptr_t)__builtin_frame_address(0);
	sn_unwind_from(&own, OWN_CFA(), SN_UNWIND_MAX);
	NOT_LAST();
}

static void *thread_probes_own(void *unused)
{
	probe_own();
	return unused;
}

static uintptr_t lowest_touched(const unsigned char *stack, size_t size)
{
	size_t i = 0;

	while (i < size && stack[i] == PAINT)
		i++;
	return (uintptr_t)stack + i;
}

static void test_small_stack(void **state)
{
	pthread_attr_t attr;
	pthread_t thread;
	unsigned char *stack;
	uintptr_t used;

	(void)state;
	begin();
	if (SANITIZED)
		skip();
	probe_own(); /* whatever is done at the first call only */
	stack = aligned_alloc(4096, SMALL_STACK);
	assert_non_null(stack);
	memset(stack, PAINT, SMALL_STACK);
	pthread_attr_init(&attr);
	assert_int_equal(pthread_attr_setstack(&attr, stack, SMALL_STACK), 0);
	assert_int_equal(pthread_create(&thread, &attr, thread_probes_own, NULL), 0);
	assert_int_equal(pthread_join(thread, NULL), 0);
	pthread_attr_destroy(&attr);
	assert_true(own.complete);
	assert_true(own.depth >= 2);
	assert_false(own.uncacheable);
	used = stack_before - lowest_touched(stack, SMALL_STACK);
	assert_true(used < (OPTIMIZED ? 4096 : 8192));
	free(stack);
}

/* --- code without unwind information, which keeps no frame pointer --- */

static callback *make_bare_code(void)
{
	/* push %rbp; xor %ebp,%ebp; nop; nop; call *%rdi; pop %rbp; ret */
	static const unsigned char code[] = {0x55, 0x31, 0xed, 0x90, 0x90, 0xff, 0xd7, 0x5d, 0xc3};
	void *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	assert_ptr_not_equal(page, MAP_FAILED);
	memcpy(page, code, sizeof(code));
	if (mprotect(page, 4096, PROT_READ | PROT_EXEC))
		skip();
	return (callback *)page;
}

static void test_bare_code(void **state)
{
	callback *bare;

	(void)state;
	begin();
	bare = make_bare_code();
	((void (*)(callback *))bare)(probe_own);
	assert_int_equal(own.depth, 1);
	assert_int_equal(own.complete, 0);
	assert_int_equal(own.pc[0], (uintptr_t)bare + 7);
	assert_false(own.uncacheable);
	munmap((void *)bare, 4096);
}

/* --- signals --- */

static void handle(int number)
{
	(void)number;
	recurse(3);
}

static void install(int number, void (*handler)(int), int flags)
{
	struct sigaction action = {.sa_handler = handler, .sa_flags = flags};

	assert_int_equal(sigaction(number, &action, NULL), 0);
}

static NOINLINE void raise_deep(int depth)
{
	if (depth)
		raise_deep(depth - 1);
	else
		raise(SIGUSR1);
	NOT_LAST();
}

static void test_handler(void **state)
{
	(void)state;
	begin();
	install(SIGUSR1, handle, 0);
	raise_deep(5);
	expect_right(1);
	install(SIGUSR1, SIG_DFL, 0);
}

static void use_other_stack(void *memory, size_t size)
{
	stack_t stack = {.ss_sp = memory, .ss_size = size, .ss_flags = memory ? 0 : SS_DISABLE};

	assert_int_equal(sigaltstack(&stack, NULL), 0);
}

static void *thread_raises(void *memory)
{
	stack_t stack = {.ss_sp = memory, .ss_size = 256 << 10};

	sigaltstack(&stack, NULL);
	raise_deep(5);
	stack.ss_flags = SS_DISABLE;
	sigaltstack(&stack, NULL);
	return NULL;
}

/* The other stack lies below the main thread's stack, and once above a thread's. */
static void test_other_stack(void **state)
{
	size_t size = 1 << 20;
	char *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	pthread_attr_t attr;
	pthread_t thread;

	(void)state;
	begin();
	assert_ptr_not_equal((void *)memory, MAP_FAILED);
	install(SIGUSR1, handle, SA_ONSTACK);
	use_other_stack(memory, size);
	raise_deep(5);
	use_other_stack(NULL, 0);
	pthread_attr_init(&attr);
	assert_int_equal(pthread_attr_setstack(&attr, memory, size / 2), 0);
	assert_int_equal(pthread_create(&thread, &attr, thread_raises, memory + size / 2), 0);
	assert_int_equal(pthread_join(thread, NULL), 0);
	pthread_attr_destroy(&attr);
	expect_right(2);
	install(SIGUSR1, SIG_DFL, 0);
	munmap(memory, size);
}

/* --- frames of all shapes, made here --- */

static const char shapes_c[] =
	"#include <alloca.h>\n"
	"#include <stdlib.h>\n"
	"#include <stdarg.h>\n"
	"typedef void callback(void);\n"
	"static void touch(volatile char *p) { *p = 1; }\n"
	"void shape_plain(callback *f, size_t n) { volatile char b[40]; touch(b); f(); b[n & 7] = "
	"1; }\n"
	"void shape_alloca(callback *f, size_t n) { char *p = alloca(n + 16); touch(p); f(); "
	"touch(p); }\n"
	"void shape_aligned(callback *f, size_t n)\n"
	"{ _Alignas(64) volatile char b[128]; touch(b); f(); b[n & 7] = 1; }\n"
	"void shape_both(callback *f, size_t n)\n"
	"{ _Alignas(64) volatile char b[64]; char *p = alloca(n + 16); touch(b); touch(p); f();\n"
	"  touch(b); touch(p); }\n"
	"static void variadic(callback *f, int n, ...)\n"
	"{ va_list l; va_start(l, n); volatile int x = va_arg(l, int); f(); x += va_arg(l, int);\n"
	"  va_end(l); }\n"
	"void shape_variadic(callback *f, size_t n) { variadic(f, n, 1, 2, 3, 4, 5, 6, 7, 8); "
	"touch((char *)&n); }\n"
	"__attribute__((noinline)) static long many(callback *f, long a, long b, long c, long d, "
	"long e,\n"
	"  long g, long h, long i)\n"
	"{ long x = a * b, y = c * d, z = e * g, v = h * i, w = a + i; f(); return x + y + z + v + "
	"w; }\n"
	"void shape_many(callback *f, size_t n) { volatile long x = many(f, n, 1, 2, 3, 4, 5, 6, "
	"n); (void)x; }\n"
	"static callback *next;\n"
	"static int order(const void *a, const void *b)\n"
	"{ callback *f = next; next = NULL; if (f) f(); return *(int *)a - *(int *)b; }\n"
	"void shape_sort(callback *f, size_t n) { int a[4] = { 4, 2, (int)n, 7 }; next = f;\n"
	"  qsort(a, 4, sizeof(int), order); touch((char *)a); }\n"
	"void shape_two(callback *f, size_t n) { if (n & 16) { f(); touch((char *)&n); }\n"
	"  else { f(); f = NULL; touch((char *)&f); } }\n";

static const char shapes_cc[] =
	"#include <cstddef>\n"
	"#include <stdexcept>\n"
	"typedef void callback();\n"
	"namespace { struct runs_last { callback *f; ~runs_last() { f(); touched++; } static "
	"volatile int touched; };\n"
	"volatile int runs_last::touched; }\n"
	"extern \"C\" void shape_catch(callback *f, size_t n)\n"
	"{ try { if (n < 1000) throw std::runtime_error(\"x\"); } catch (const std::exception &) { "
	"f(); } }\n"
	"extern \"C\" void shape_cleanup(callback *f, size_t n)\n"
	"{ try { runs_last last{f}; if (n < 1000) throw 1; } catch (...) { } }\n"
	"extern \"C\" void shape_try(callback *f, size_t n)\n"
	"{ try { f(); if (n > 1000) throw 1; } catch (int) { } }\n";

static const char *const shape_names[] = {"plain",    "alloca",  "aligned", "both",
					  "variadic", "many",    "sort",    "two",
					  "catch",    "cleanup", "try"};

static const char *const compilations[] = {
	"cc -O2 -fomit-frame-pointer",
	"cc -O2 -fno-omit-frame-pointer",
	"cc -O0",
	"clang -O2 -fomit-frame-pointer",
	"clang -O2 -fno-omit-frame-pointer",
	"clang -O0",
	"c++ -O2 -fomit-frame-pointer",
	"c++ -O0",
	"clang++ -O2",
};

#define COMPILATIONS (sizeof(compilations) / sizeof(compilations[0]))
#define SHAPE_NAMES (sizeof(shape_names) / sizeof(shape_names[0]))

static struct {
	shape *run;
	const char *name;
	const char *how;
} shapes[COMPILATIONS * SHAPE_NAMES];

static size_t shape_count;
static void *objects[COMPILATIONS];

static int compile(const char *directory, size_t which, char *path, size_t size)
{
	int plus = strstr(compilations[which], "++") != NULL;
	const char *text = plus ? shapes_cc : shapes_c;
	char command[512];
	FILE *source;

	if (plus && SANITIZED) /* it has looked for the C++ library, in vain, before it is loaded */
		return -1;
	snprintf(path, size, "%s/%zu.%s", directory, which, plus ? "cc" : "c");
	source = fopen(path, "w");
	if (!source || fputs(text, source) == EOF || fclose(source))
		return -1;
	snprintf(command, sizeof(command), "%s -shared -fPIC -o %s/%zu.so %s 2> /dev/null",
		 compilations[which], directory, which, path);
	if (system(command))
		return -1;
	snprintf(path, size, "%s/%zu.so", directory, which);
	return 0;
}

static void load_shapes(const char *directory, size_t which)
{
	char path[256], name[32];

	if (compile(directory, which, path, sizeof(path)))
		return;
	objects[which] = dlopen(path, RTLD_LAZY | RTLD_LOCAL);
	for (size_t i = 0; objects[which] && i < SHAPE_NAMES; i++) {
		void *found;

		snprintf(name, sizeof(name), "shape_%s", shape_names[i]);
		found = dlsym(objects[which], name);
		if (!found)
			continue;
		shapes[shape_count].run = (shape *)found;
		shapes[shape_count].name = shape_names[i];
		shapes[shape_count++].how = compilations[which];
	}
}

static int make_shapes(void **state)
{
	char directory[] = "/tmp/test_unwind.XXXXXX";
	char command[64];

	(void)state;
	libc_backtrace = (int (*)(void **, int))dlsym(dlopen("libc.so.6", RTLD_LAZY), "backtrace");
	if (!libc_backtrace || !mkdtemp(directory))
		return -1;
	for (size_t i = 0; i < COMPILATIONS; i++)
		load_shapes(directory, i);
	snprintf(command, sizeof(command), "rm -rf %s", directory);
	return system(command);
}

static int use_list(void **state)
{
	(void)state;
	sn_unwind_list_only = 1;
	return 0;
}

static int drop_shapes(void **state)
{
	(void)state;
	for (size_t i = 0; i < COMPILATIONS; i++) {
		if (objects[i])
			dlclose(objects[i]);
	}
	return 0;
}

static void need_shapes(void)
{
	begin();
	if (!shape_count)
		skip();
}

static void test_each_shape(void **state)
{
	(void)state;
	need_shapes();
	for (size_t i = 0; i < shape_count; i++) {
		for (size_t size = 0; size < 256; size += 16) {
			int wrong = seen.wrong;

			shapes[i].run(probe, size);
			if (seen.wrong != wrong)
				print_message("in shape_%s by %s\n", shapes[i].name, shapes[i].how);
		}
	}
	expect_right((int)shape_count * 16);
}

/* --- the two ways to find a module --- */

/* How much of the last page belongs to a module is the one thing they may see differently. */
static void find_both(uintptr_t pc, int expected)
{
	struct sn_unwind_table table = {.start = 1, .end = 2, .header = 3},
			       listed = {.start = 1, .end = 2, .header = 3};
	int list_only = sn_unwind_list_only, found;

	sn_unwind_list_only = 0;
	found = sn_unwind_find_table(pc, &table);
	sn_unwind_list_only = 1;
	assert_int_equal(sn_unwind_find_table(pc, &listed), expected);
	sn_unwind_list_only = list_only;
	assert_int_equal(found, expected);
	assert_int_equal(listed.start, table.start);
	assert_int_equal(listed.header, table.header);
	assert_int_equal(listed.end | 4095, table.end | 4095);
	if (expected)
		assert_int_equal(listed.header, 3);
	else
		assert_true(listed.start < listed.header && listed.header < listed.end);
}

static void test_modules(void **state)
{
	void *heap = malloc(16);
	int here;

	(void)state;
	find_both((uintptr_t)test_modules, 0);
	find_both((uintptr_t)dlsym(RTLD_DEFAULT, "qsort"), 0);
	find_both((uintptr_t)&_r_debug, 0); /* the loader's */
	if (getauxval(AT_SYSINFO_EHDR))
		find_both(getauxval(AT_SYSINFO_EHDR) + 64, 0);
	for (size_t i = 0; i < shape_count; i++)
		find_both((uintptr_t)shapes[i].run, 0);
	find_both(0, -ENOENT);
	find_both(UINTPTR_MAX, -ENOENT);
	find_both((uintptr_t)heap, -ENOENT);
	find_both((uintptr_t)&here, -ENOENT);
	free(heap);
}

/* --- every instruction --- */

/* The processor traps after each instruction while the trap flag is set. These push words behind
 * the compiler's back, so they must have frame pointers for their own frames to be found. */
static NOINLINE void set_trap_flag(void)
{
	__asm__ volatile("pushfq\n\torq $0x100, (%%rsp)\n\tpopfq" ::"r"(OWN_CFA())
			 : "memory", "cc");
}

static NOINLINE void clear_trap_flag(void)
{
	__asm__ volatile("pushfq\n\tandq $~0x100, (%%rsp)\n\tpopfq" ::"r"(OWN_CFA())
			 : "memory", "cc");
}

static void trapped(int number, siginfo_t *info, void *context)
{
	ucontext_t *interrupted = context;

	(void)number;
	(void)info;
	if (stepping)
		probe();
	if (!stepping || ++steps >= 20000)
		interrupted->uc_mcontext.gregs[REG_EFL] &= ~0x100;
}

static void nothing(void)
{
}

/* Prologues, epilogues, procedure linkage tables and the loader's resolver are all interrupted.
 * gcc says wrongly, of two instructions after the pop of rbp in a realigned frame, that rbp is
 * still stored where rbp points: there our walk may end, but it may not go astray. */
static void test_every_instruction(void **state)
{
	struct sigaction action = {.sa_sigaction = trapped, .sa_flags = SA_SIGINFO};

	(void)state;
	need_shapes();
	if (SANITIZED)
		skip();
	assert_int_equal(sigaction(SIGTRAP, &action, NULL), 0);
	for (size_t i = 0; i < shape_count; i++) {
		int wrong = seen.wrong;

		if (!strcmp(shapes[i].name, "catch") || !strcmp(shapes[i].name, "cleanup"))
			continue;
		steps = 0;
		stepping = 1;
		set_trap_flag();
		shapes[i].run(nothing, 32);
		clear_trap_flag();
		stepping = 0;
		if (seen.wrong != wrong)
			print_message("in shape_%s by %s\n", shapes[i].name, shapes[i].how);
	}
	install(SIGTRAP, SIG_DFL, 0);
	assert_true(seen.probes > 1000);
	assert_int_equal(seen.wrong, 0);
	assert_true(seen.incomplete * 100 < seen.probes);
	assert_true(seen.uncacheable * 100 < seen.probes);
}

/* --- a remembered trace is believed only where it is true --- */

#define REMEMBERED 4096
#define ROUNDS 20000

static struct sn_unwind *remembered;
static uintptr_t remembered_cfa[REMEMBERED];
static int believed, rejected, mistaken, unlike;
static uint32_t seed;
static int levels;

static uint32_t draw(void)
{
	seed = seed * 1664525u + 1013904223u;
	return seed >> 12;
}

/* Every trace from the same place at the same stack pointer is tried, as if it were in a cache. */
static void try_remembered(uintptr_t cfa)
{
	size_t slot = (cfa >> 4) * 31 % (REMEMBERED / 64) * 64;

	for (size_t i = slot; i < slot + 64; i++) {
		struct sn_unwind *old = &remembered[i];

		if (!old->depth || remembered_cfa[i] != cfa || old->pc[0] != own.pc[0])
			continue;
		if (!same_trace(old, &own))
			unlike++;
		if (!verify(old))
			rejected++;
		else if (same_trace(old, &own))
			believed++;
		else
			mistaken++;
	}
	if (own.uncacheable)
		return;
	slot += draw() % 64;
	remembered[slot] = own;
	remembered_cfa[slot] = cfa;
}

static NOINLINE void probe_and_remember(void)
{
	uintptr_t cfa = OWN_CFA();

	sn_unwind_from(&own, cfa, SN_UNWIND_MAX);
	oracle_unwind_from(&judge, cfa, SN_UNWIND_MAX);
	compare(libc_backtrace(traced, sizeof(traced) / sizeof(traced[0])));
	try_remembered(cfa);
	NOT_LAST();
}

static void descend(void);

static NOINLINE void through_alloca(size_t size)
{
	volatile char *room = alloca(size + 16);

	*room = 1;
	descend();
	*room = 1;
}

static NOINLINE void through_either(size_t size)
{
	volatile char *room = alloca(size + 16);

	*room = 1;
	if (draw() & 1) {
		descend();
		NOT_LAST();
	} else {
		descend();
		__asm__ volatile("nop" ::: "memory");
	}
}

static NOINLINE void descend(void)
{
	size_t size = draw() % 4 * 16;
	uint32_t choice = draw() % 16;

	if (!levels--)
		probe_and_remember();
	else if (choice < 4 || !shape_count)
		through_alloca(size);
	else if (choice < 8)
		through_either(size);
	else if (choice == 8)
		raise(SIGUSR1);
	else
		shapes[draw() % shape_count].run(descend, size);
	NOT_LAST();
}

static void handle_descent(int number)
{
	(void)number;
	descend();
}

static void try_many(uint32_t first_seed, int deepest)
{
	seed = first_seed;
	for (int i = 0; i < ROUNDS; i++) {
		levels = 1 + (int)(draw() % (uint32_t)deepest);
		descend();
	}
}

static void test_remembered(void **state)
{
	(void)state;
	begin();
	believed = rejected = mistaken = unlike = 0;
	remembered = calloc(REMEMBERED, sizeof(*remembered));
	assert_non_null(remembered);
	install(SIGUSR1, handle_descent, SA_NODEFER);
	try_many(1, 4);
	try_many(2, 8);
	install(SIGUSR1, SIG_DFL, 0);
	free(remembered);
	expect_right(2 * ROUNDS);
	print_message("%d believed, %d rejected, %d of another trace\n", believed, rejected,
		      unlike);
	assert_true(believed > 1000);
	assert_true(unlike > 1000);
	assert_true(rejected >= unlike);
	assert_int_equal(mistaken, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_first_frame),     cmocka_unit_test(test_recursion),
		cmocka_unit_test(test_deeper_than_max), cmocka_unit_test(test_max),
		cmocka_unit_test(test_no_such_frame),   cmocka_unit_test(test_through_libc),
		cmocka_unit_test(test_variadic),        cmocka_unit_test(test_thread),
		cmocka_unit_test(test_coroutine),       cmocka_unit_test(test_small_stack),
		cmocka_unit_test(test_bare_code),       cmocka_unit_test(test_handler),
		cmocka_unit_test(test_other_stack),     cmocka_unit_test(test_each_shape),
		cmocka_unit_test(test_modules),         cmocka_unit_test(test_every_instruction),
		cmocka_unit_test(test_remembered),
	};
	int failed = cmocka_run_group_tests_name("object", tests, make_shapes, NULL);

	return failed + cmocka_run_group_tests_name("list", tests, use_list, drop_shapes);
}
