/* SPDX-License-Identifier: Apache-2.0
 *
 * The list of fields that a recording's hash is made of has every field of every record. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>
#include "base/format.h"
#include "base/recording.h"

/* Bytes that no field is at, and that are not there to align the next one. */
static uint64_t unlisted(const char *record, uint64_t size)
{
	const struct sn_field *f;
	size_t count, length = strlen(record);
	uint64_t end = 0, missing = 0;

	f = sn_format_fields(&count);
	for (size_t i = 0; i < count; i++) {
		if (strncmp(f[i].text, record, length) || f[i].text[length] != '.')
			continue;
		uint64_t alignment = f[i].offset % 64 ? 8 : 64;
		uint64_t gap = f[i].offset > end ? f[i].offset - end : 0;
		if (gap >= alignment || (gap && end % 8 == 0 && f[i].offset % 64))
			missing += gap;
		if ((uint64_t)f[i].offset + f[i].size > end)
			end = (uint64_t)f[i].offset + f[i].size;
	}
	return missing + (end < size ? size - end : 0);
}

#define RECORD(name) assert_int_equal(unlisted(#name, sizeof(struct name)), 0)

static void every_field_is_listed(void **state)
{
	(void)state;
	RECORD(sn_extent);
	RECORD(sn_table_desc);
	RECORD(sn_glimpse);
	/* Its end is padded to a cache line. */
	assert_int_equal(unlisted("sn_header", offsetof(struct sn_header, shim_end) + 8), 0);
	RECORD(sn_held);
	RECORD(sn_thread_rec);
	RECORD(sn_lock_rec);
	RECORD(sn_signal);
	RECORD(sn_sync_rec);
	RECORD(sn_stack_rec);
	RECORD(sn_module_rec);
	RECORD(sn_phases);
	RECORD(sn_dep_rec);
	RECORD(sn_context_rec);
	RECORD(sn_finding_rec);
	RECORD(sn_part);
	RECORD(sn_address_rec);
}

static void a_field_has_elements_of_its_type(void **state)
{
	size_t count;
	const struct sn_field *f = sn_format_fields(&count);

	(void)state;
	for (size_t i = 0; i < count; i++) {
		assert_true(f[i].element);
		assert_int_equal(f[i].size % f[i].element, 0);
	}
}

static void the_hash_stays_as_it_is(void **state)
{
	(void)state;
	assert_true(sn_format());
	assert_true(sn_format() == sn_format());
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_field_is_listed),
		cmocka_unit_test(a_field_has_elements_of_its_type),
		cmocka_unit_test(the_hash_stays_as_it_is),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
