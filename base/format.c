/* SPDX-License-Identifier: Apache-2.0
 *
 * See format.h. */
#include "base/format.h"
#include "base/names.h"
#include "base/recording.h"
#include <assert.h>

static const struct sn_field fields[] = {
#define SN_FIELD(record, field, type)                                                              \
	{#record "." #field ":" #type, offsetof(struct record, field),                             \
	 sizeof(((struct record *)0)->field), sizeof(SN_FIELD_##type)},
#define SN_FIELD_uint8_t uint8_t
#define SN_FIELD_uint16_t uint16_t
#define SN_FIELD_uint32_t uint32_t
#define SN_FIELD_int32_t int32_t
#define SN_FIELD_uint64_t uint64_t
#define SN_FIELD_char char
#define SN_FIELD_sn_extent struct sn_extent
#define SN_FIELD_sn_table_desc struct sn_table_desc
#define SN_FIELD_sn_glimpse struct sn_glimpse
#define SN_FIELD_sn_held struct sn_held
#define SN_FIELD_sn_signal struct sn_signal
#define SN_FIELD_sn_phases struct sn_phases
#include "base/fields.def"
#undef SN_FIELD
};

/* Powers of two, so that none straddles two extents; these are what a change must not grow unseen.
 */
#define SIZE(record, bytes) static_assert(sizeof(struct record) == (bytes), #record)
SIZE(sn_thread_rec, 512);
SIZE(sn_lock_rec, 64);
SIZE(sn_sync_rec, 256);
SIZE(sn_held, 16);
SIZE(sn_stack_rec, 32);
SIZE(sn_module_rec, 128);
SIZE(sn_dep_rec, 64);
SIZE(sn_context_rec, 64);
SIZE(sn_finding_rec, 64);
SIZE(sn_note_rec, 64);
SIZE(sn_part, 32);
SIZE(sn_address_rec, 32);
SIZE(sn_access_rec, 32);
static_assert(sizeof(struct sn_header) <= SN_HEADER_SIZE, "sn_header");

const struct sn_field *sn_format_fields(size_t *count)
{
	*count = sizeof fields / sizeof fields[0];
	return fields;
}

static void mix(uint64_t *hash, unsigned char byte)
{
	*hash = (*hash ^ byte) * 0x100000001b3ull;
}

static void add_text(uint64_t *hash, const char *text)
{
	do
		mix(hash, (unsigned char)*text);
	while (*text++);
}

static void add_number(uint64_t *hash, uint16_t number)
{
	mix(hash, (unsigned char)number);
	mix(hash, (unsigned char)(number >> 8));
}

static void add_rows(uint64_t *hash, const char *(*name)(unsigned), unsigned count)
{
	for (unsigned i = 0; i < count; i++)
		add_text(hash, name(i));
	mix(hash, 0);
}

uint64_t sn_format(void)
{
	static uint64_t known;
	uint64_t hash = __atomic_load_n(&known, __ATOMIC_RELAXED);
	if (hash)
		return hash;
	hash = 0xcbf29ce484222325ull;
	add_rows(&hash, sn_kind_name, SN_KIND_COUNT);
	add_rows(&hash, sn_role_name, SN_ROLE_COUNT);
	add_rows(&hash, sn_why_name, SN_WHY_COUNT);
	add_rows(&hash, sn_lock_type_name, SN_LOCK_TYPE_COUNT);
	add_rows(&hash, sn_counter_name, SN_COUNTER_COUNT);
	add_rows(&hash, sn_table_name, SN_TABLE_COUNT);
	for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++) {
		add_text(&hash, fields[i].text);
		add_number(&hash, fields[i].offset);
		add_number(&hash, fields[i].size);
	}
	hash += !hash;
	__atomic_store_n(&known, hash, __ATOMIC_RELAXED);
	return hash;
}
