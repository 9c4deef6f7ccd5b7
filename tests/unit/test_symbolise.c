/* SPDX-License-Identifier: Apache-2.0
 *
 * The symboliser on this very program: static, inlined and mangled functions, variables, and copies
 * of the program that are stripped, separated from their debug information, rebuilt, or gone. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <link.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <unistd.h>

#include "report/demangle.h"
#include "report/symbolise.h"
#include "tests/unit/recording_maker.h"

#define NOINLINE __attribute__((noinline))

struct pool {
	int size;
	struct {
		long count;
		pthread_mutex_t lock;
	} queue[3];
};

static struct pool the_pool = {.size = 3};
static pthread_mutex_t plain_lock = PTHREAD_MUTEX_INITIALIZER;

static uint64_t captured;
static int inlined_line, outer_line, static_line;
static volatile int keep; /* keeps calls from becoming jumps */

static NOINLINE void capture(void)
{
	captured = (uint64_t)(uintptr_t)__builtin_return_address(0);
	keep++;
}

static NOINLINE void plain_static(void)
{
	static_line = __LINE__ + 1;
	capture();
	keep++;
}

static inline __attribute__((always_inline)) void inlined_one(void)
{
	inlined_line = __LINE__ + 1;
	capture();
	keep++;
}

static NOINLINE void outer_one(void)
{
	outer_line = __LINE__ + 1;
	inlined_one();
	keep++;
}

/* As the linker would see a function of a C++ program. */
static NOINLINE __attribute__((used)) void mangled(void) __asm__("_ZN4work4pool3runEi");
static void mangled(void)
{
	capture();
	keep++;
}

struct fixture {
	struct sn_maker m;
	struct sn_symboliser s;
	struct sn_module_rec here;
	char folder[64];
	char self[4096];
};

static void read_build_id(struct sn_module_rec *m, const struct dl_phdr_info *info, size_t i)
{
	const char *at = (const char *)(info->dlpi_addr + info->dlpi_phdr[i].p_vaddr);
	const char *end = at + info->dlpi_phdr[i].p_memsz;

	while (at + sizeof(ElfW(Nhdr)) < end) {
		const ElfW(Nhdr) *note = (const void *)at;
		const char *name = at + sizeof(*note);
		const char *bits = name + ((note->n_namesz + 3) & ~3u);

		if (note->n_type == NT_GNU_BUILD_ID && note->n_namesz == 4 &&
		    !memcmp(name, "GNU", 4) && note->n_descsz <= SN_BUILD_ID_MAX) {
			memcpy(m->build_id, bits, note->n_descsz);
			m->build_id_size = note->n_descsz;
		}
		at = bits + ((note->n_descsz + 3) & ~3u);
	}
}

static int first_module(struct dl_phdr_info *info, size_t size, void *p)
{
	struct sn_module_rec *m = p;

	(void)size;
	*m = (struct sn_module_rec){
		.start = UINT64_MAX, .bias = info->dlpi_addr, .unloaded_epoch = UINT32_MAX};
	for (size_t i = 0; i < info->dlpi_phnum; i++) {
		const ElfW(Phdr) *ph = &info->dlpi_phdr[i];
		uint64_t at = info->dlpi_addr + ph->p_vaddr;

		if (ph->p_type == PT_NOTE)
			read_build_id(m, info, i);
		if (ph->p_type != PT_LOAD)
			continue;
		m->start = at < m->start ? at : m->start;
		m->end = at + ph->p_memsz > m->end ? at + ph->p_memsz : m->end;
	}
	return 1; /* the program is the first */
}

static uint32_t add_module(struct fixture *f, const char *path, struct sn_module_rec module)
{
	uint32_t i = sn_maker_add(&f->m, SN_TABLE_MODULE, 1);

	module.path = sn_maker_text(&f->m, path);
	*(struct sn_module_rec *)sn_maker_at(&f->m, SN_TABLE_MODULE, i) = module;
	return i;
}

static int begin(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));
	ssize_t n;

	sn_maker_begin(&f->m);
	dl_iterate_phdr(first_module, &f->here);
	n = readlink("/proc/self/exe", f->self, sizeof(f->self) - 1);
	strcpy(f->folder, "/tmp/test_symbolise.XXXXXX");
	*state = f;
	return n > 0 && mkdtemp(f->folder) ? 0 : -1;
}

static int run(const char *format, ...)
{
	char command[16384];
	va_list args;

	va_start(args, format);
	vsnprintf(command, sizeof(command), format, args);
	va_end(args);
	return system(command);
}

static int end(void **state)
{
	struct fixture *f = *state;

	sn_symboliser_close(&f->s);
	sn_maker_end(&f->m);
	run("rm -rf '%s'", f->folder);
	free(f);
	return 0;
}

static const struct sn_frame *symbolise(struct fixture *f, uint64_t address, size_t *count)
{
	return sn_symbolise_return(&f->s, &f->m.view, 0, address, count);
}

static void assert_ends(const char *text, const char *with)
{
	assert_non_null(text);
	assert_true(strlen(text) >= strlen(with));
	assert_string_equal(text + strlen(text) - strlen(with), with);
}

static void finds_a_static_function(void **state)
{
	struct fixture *f = *state;
	const struct sn_frame *frame;
	size_t n;

	add_module(f, f->self, f->here);
	plain_static();
	frame = symbolise(f, captured, &n);
	assert_int_equal(n, 1);
	assert_string_equal(frame->function, "plain_static");
	assert_ends(frame->file, "tests/unit/test_symbolise.c");
	assert_int_equal(frame->line, static_line);
	assert_string_equal(frame->module, f->self);
	assert_true(frame->offset == captured - f->here.bias);
	assert_false(frame->inlined);
	assert_non_null(frame->build_id);
}

static void finds_an_inlined_function(void **state)
{
	struct fixture *f = *state;
	const struct sn_frame *frame;
	size_t n;

	add_module(f, f->self, f->here);
	outer_one();
	frame = symbolise(f, captured, &n);
	assert_int_equal(n, 2);
	assert_string_equal(frame[0].function, "inlined_one");
	assert_int_equal(frame[0].line, inlined_line);
	assert_true(frame[0].inlined);
	assert_string_equal(frame[1].function, "outer_one");
	assert_int_equal(frame[1].line, outer_line);
	assert_false(frame[1].inlined);
	/* The second answer is the first one kept. */
	assert_ptr_equal(frame, symbolise(f, captured, &n));
}

static void finds_the_function_at_its_address(void **state)
{
	struct fixture *f = *state;
	const struct sn_frame *frame;
	size_t n;

	add_module(f, f->self, f->here);
	frame = sn_symbolise_exact(&f->s, &f->m.view, 0, (uint64_t)(uintptr_t)plain_static, &n);
	assert_string_equal(frame[n - 1].function, "plain_static");
}

static void names_variables(void **state)
{
	struct fixture *f = *state;
	const struct sn_variable *v;

	add_module(f, f->self, f->here);
	v = sn_symbolise_variable(&f->s, &f->m.view, 0, (uint64_t)(uintptr_t)&plain_lock);
	assert_non_null(v);
	assert_string_equal(v->name, "plain_lock");
	assert_ends(v->file, "test_symbolise.c");
	assert_true(v->line > 30 && v->line < 40);
	v = sn_symbolise_variable(&f->s, &f->m.view, 0,
				  (uint64_t)(uintptr_t)&the_pool.queue[1].lock);
	assert_non_null(v);
	assert_string_equal(v->name, "the_pool.queue[1].lock");
	assert_null(sn_symbolise_variable(&f->s, &f->m.view, 0, 64));
}

static void names_variables_of_a_stripped_program_by_offset(void **state)
{
	struct fixture *f = *state;
	const struct sn_variable *v;
	char copy[4096];

	snprintf(copy, sizeof(copy), "%s/copy", f->folder);
	if (run("objcopy --strip-debug '%s' '%s'", f->self, copy))
		skip();
	add_module(f, copy, f->here);
	v = sn_symbolise_variable(&f->s, &f->m.view, 0,
				  (uint64_t)(uintptr_t)&the_pool.queue[0].lock);
	assert_non_null(v);
	assert_string_equal(v->name, "the_pool+0x10");
}

static void uses_the_symbol_table_without_debug_information(void **state)
{
	struct fixture *f = *state;
	const struct sn_frame *frame;
	char copy[4096];
	size_t n;

	snprintf(copy, sizeof(copy), "%s/copy", f->folder);
	if (run("objcopy --strip-debug '%s' '%s'", f->self, copy))
		skip();
	add_module(f, copy, f->here);
	mangled();
	frame = symbolise(f, captured, &n);
	assert_int_equal(n, 1);
	assert_string_equal(frame->function, "work::pool::run(int)");
	assert_null(frame->file);
	assert_string_equal(frame->module, copy);
}

static void says_module_and_offset_of_a_stripped_program(void **state)
{
	struct fixture *f = *state;
	const struct sn_frame *frame;
	char copy[4096];
	size_t n;

	snprintf(copy, sizeof(copy), "%s/copy", f->folder);
	if (run("objcopy --strip-all '%s' '%s'", f->self, copy))
		skip();
	add_module(f, copy, f->here);
	plain_static();
	frame = symbolise(f, captured, &n);
	assert_int_equal(n, 1);
	assert_null(frame->function);
	assert_null(frame->file);
	assert_string_equal(frame->module, copy);
	assert_true(frame->offset == captured - f->here.bias);
}

static void finds_separate_debug_information(void **state)
{
	struct fixture *f = *state;
	const struct sn_frame *frame;
	char copy[4096];
	size_t n;

	snprintf(copy, sizeof(copy), "%s/copy", f->folder);
	if (run("objcopy --only-keep-debug '%s' '%s.debug' && "
		"objcopy --strip-all --add-gnu-debuglink='%s.debug' '%s' '%s'",
		f->self, copy, copy, f->self, copy))
		skip();
	add_module(f, copy, f->here);
	plain_static();
	frame = symbolise(f, captured, &n);
	assert_string_equal(frame->function, "plain_static");
	assert_int_equal(frame->line, static_line);
}

static void does_not_trust_another_build(void **state)
{
	struct fixture *f = *state;
	const struct sn_frame *frame;
	size_t n;

	if (!f->here.build_id_size)
		skip();
	f->here.build_id[0] ^= 1;
	add_module(f, f->self, f->here);
	plain_static();
	frame = symbolise(f, captured, &n);
	assert_null(frame->function);
	assert_null(frame->file);
	assert_string_equal(frame->module, f->self);
	assert_int_equal(f->s.binaries.first->state, SN_BINARY_CHANGED);
	assert_null(sn_symbolise_variable(&f->s, &f->m.view, 0, (uint64_t)(uintptr_t)&plain_lock));
}

static void survives_a_file_that_is_gone_or_no_program(void **state)
{
	struct fixture *f = *state;
	const struct sn_frame *frame;
	size_t n;

	add_module(f, "/nonexistent/libgone.so", f->here);
	frame = symbolise(f, f->here.start + 100, &n);
	assert_int_equal(n, 1);
	assert_null(frame->function);
	assert_string_equal(frame->module, "/nonexistent/libgone.so");
	assert_int_equal(f->s.binaries.first->state, SN_BINARY_GONE);
	add_module(f, "/etc/passwd", f->here);
	frame = symbolise(f, f->here.start + 200, &n);
	assert_null(frame->function);
	assert_string_equal(frame->module, "/etc/passwd");
}

static void takes_the_module_of_the_epoch(void **state)
{
	struct fixture *f = *state;
	struct sn_module_rec first = f->here, second = f->here;
	size_t n;

	first.unloaded_epoch = 3;
	second.loaded_epoch = 5;
	add_module(f, "/nonexistent/first.so", first);
	add_module(f, f->self, second);
	plain_static();
	assert_string_equal(sn_symbolise_return(&f->s, &f->m.view, 2, captured, &n)->module,
			    "/nonexistent/first.so");
	assert_null(sn_symbolise_return(&f->s, &f->m.view, 3, captured, &n)->module);
	assert_string_equal(sn_symbolise_return(&f->s, &f->m.view, 5, captured, &n)->function,
			    "plain_static");
}

static void knows_nothing_of_an_address_in_no_module(void **state)
{
	struct fixture *f = *state;
	size_t n;
	const struct sn_frame *frame = symbolise(f, 0x1234, &n);

	assert_int_equal(n, 1);
	assert_null(frame->module);
	assert_true(frame->offset == 0x1234);
	symbolise(f, 0, &n);
	symbolise(f, UINT64_MAX, &n);
}

static void knows_the_vdso(void **state)
{
	struct fixture *f = *state;
	uint64_t image = getauxval(AT_SYSINFO_EHDR);
	struct sn_module_rec m = {
		.start = image, .end = image + 0x2000, .bias = image, .unloaded_epoch = UINT32_MAX};
	const struct sn_frame *frame;
	size_t n;

	if (!image)
		skip();
	add_module(f, "linux-vdso.so.1", m);
	frame = symbolise(f, image + ((const ElfW(Ehdr) *)(uintptr_t)image)->e_entry + 8, &n);
	assert_string_equal(frame->module, "[vdso]");
}

static void assert_demangled(const char *from, const char *to)
{
	char *name = sn_demangle(from);

	assert_string_equal(name, to);
	free(name);
}

static void demangles(void **state)
{
	(void)state;
	assert_demangled("main", "main");
	assert_demangled("fopen@@GLIBC_2.2.5", "fopen");
	assert_demangled("_ZN2ns1fEi", "ns::f(int)");
	assert_demangled("_Z", "_Z");
	assert_demangled("_ZN", "_ZN");
	assert_demangled("_ZN6worker3run17h0123456789abcdefE", "worker::run");
	assert_demangled("_ZN48_$LT$worker..Pool$u20$as$u20$core..ops..Drop$GT$4drop"
			 "17h0123456789abcdefE",
			 "<worker::Pool as core::ops::Drop>::drop");
	/* A hash is only a hash at the end and in full. */
	assert_demangled("_ZN6worker3run16h0123456789abcdeE", "worker::run::h0123456789abcde");
}

static void assert_short(const char *from, const char *to)
{
	char *name = sn_demangle_short(from);

	assert_string_equal(name, to);
	free(name);
}

static void assert_fit(const char *from, unsigned width, const char *to)
{
	char *name = sn_demangle_fit(from, width);

	assert_string_equal(name, to);
	free(name);
}

static void shortens(void **state)
{
	(void)state;
	assert_short("main", "main");
	assert_short("ns::f(int, char) const", "ns::f");
	assert_short("(anonymous namespace)::f(int)", "(anonymous namespace)::f");
	assert_short("A::operator()(int) const", "A::operator()");
	assert_short("A::operator<(A const&)", "A::operator<");
	assert_fit("f(std::vector<int>)", 40, "f(std::vector<int>)");
	assert_fit("f(std::vector<int, alloc>)", 19, "f(std::vector<...>)");
	assert_fit("g<a<b>, c>::f(int, long, char)", 20, "g<...>::f(...)");
	assert_fit("A::operator<<(std::basic_ostream<char>&)", 20, "A::operator<<(...)");
	assert_fit(")>(<", 1, ")>(...)");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(finds_a_static_function),
		TEST(finds_an_inlined_function),
		TEST(finds_the_function_at_its_address),
		TEST(names_variables),
		TEST(names_variables_of_a_stripped_program_by_offset),
		TEST(uses_the_symbol_table_without_debug_information),
		TEST(says_module_and_offset_of_a_stripped_program),
		TEST(finds_separate_debug_information),
		TEST(does_not_trust_another_build),
		TEST(survives_a_file_that_is_gone_or_no_program),
		TEST(takes_the_module_of_the_epoch),
		TEST(knows_nothing_of_an_address_in_no_module),
		TEST(knows_the_vdso),
		cmocka_unit_test(demangles),
		cmocka_unit_test(shortens),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
