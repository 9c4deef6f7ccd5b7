/* SPDX-License-Identifier: Apache-2.0
 *
 * The tables behind names.h, each made from its .def file, and one bounded look-up for all. */
#include "base/names.h"
#include "base/environment.h"
#include "base/recording.h"
#include <errno.h>
#include <string.h>
#include <sys/syscall.h>

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static const struct {
	const char *name, *family, *what, *fix;
} kinds[] = {
#define SN_KIND(e, name, family, what, fix) {name, family, what, fix},
#include "base/kinds.def"
#undef SN_KIND
};

#define SN_KIND_ANY SN_KIND_COUNT

static const struct {
	unsigned kind, why;
	const char *fix;
} fixes[] = {
#define SN_FIX(kind, why, fix) {SN_KIND_##kind, SN_WHY_##why, fix},
#include "base/fix.def"
#undef SN_FIX
};

static const struct {
	const char *name, *text;
} whys[] =
	{
#define SN_WHY(e, name, text) {name, text},
#include "base/why.def"
#undef SN_WHY
},
  counters[] = {
#define SN_COUNTER(e, name, text) {name, text},
#include "base/counters.def"
#undef SN_COUNTER
};

static const struct {
	const char *name, *text;
} environment[] = {
#define SN_ENVIRONMENT(name, text) {#name, text},
#include "base/environment.def"
#undef SN_ENVIRONMENT
};

static const char *const verdicts[] = {
	[SN_REFUTED] = "refuted",
	[SN_SUSPECT] = "suspect",
	[SN_PREDICTED] = "predicted",
	[SN_CONFIRMED] = "confirmed",
};

static const char *const roles[] = {
#define SN_ROLE(e, name) name,
#include "base/roles.def"
#undef SN_ROLE
};

static const char *const lock_types[] = {
#define SN_LOCK_TYPE(e, name, kin, family, letter) name,
#include "base/locks.def"
#undef SN_LOCK_TYPE
};

static const uint8_t lock_kin[] = {
#define SN_LOCK_TYPE(e, name, kin, family, letter) SN_LOCK_##kin,
#include "base/locks.def"
#undef SN_LOCK_TYPE
};

static const uint8_t lock_families[] = {
#define SN_LOCK_TYPE(e, name, kin, family, letter) SN_FAMILY_##family,
#include "base/locks.def"
#undef SN_LOCK_TYPE
};

static const char lock_letters[] = {
#define SN_LOCK_TYPE(e, name, kin, family, letter) letter,
#include "base/locks.def"
#undef SN_LOCK_TYPE
};

static const char *const tables[] = {
#define SN_TABLE(e, name, type, most) #name,
#include "base/tables.def"
#undef SN_TABLE
};

#define FIELD(array, i, field, otherwise) ((i) < COUNT(array) ? (array)[i].field : (otherwise))
#define ITEM(array, i) ((i) < COUNT(array) ? (array)[i] : "unknown")

const char *sn_environment_name(enum sn_environment e)
{
	return FIELD(environment, e, name, "");
}

const char *sn_environment_text(enum sn_environment e)
{
	return FIELD(environment, e, text, "");
}

const char *sn_kind_name(unsigned kind)
{
	return FIELD(kinds, kind, name, "unknown");
}

const char *sn_kind_family(unsigned kind)
{
	return FIELD(kinds, kind, family, "unknown");
}

const char *sn_kind_what(unsigned kind)
{
	return FIELD(kinds, kind, what, "");
}

const char *sn_kind_fix(unsigned kind)
{
	return FIELD(kinds, kind, fix, "");
}

const char *sn_case_fix(unsigned kind, unsigned why)
{
	for (size_t i = 0; i < COUNT(fixes); i++)
		if (fixes[i].why == why && (fixes[i].kind == kind || fixes[i].kind == SN_KIND_ANY))
			return fixes[i].fix;
	return NULL;
}

const char *sn_verdict_name(unsigned verdict)
{
	return ITEM(verdicts, verdict);
}

const char *sn_role_name(unsigned role)
{
	return ITEM(roles, role);
}

const char *sn_why_name(unsigned why)
{
	return FIELD(whys, why, name, "unknown");
}

const char *sn_why_text(unsigned why)
{
	return FIELD(whys, why, text, "");
}

const char *sn_lock_type_name(unsigned type)
{
	return ITEM(lock_types, type);
}

unsigned sn_lock_kin(unsigned type)
{
	return type < COUNT(lock_kin) ? lock_kin[type] : type;
}

enum sn_family sn_lock_family(unsigned type)
{
	return type < COUNT(lock_families) ? (enum sn_family)lock_families[type] : SN_FAMILY_NONE;
}

int sn_lock_is_held(unsigned type)
{
	switch (sn_lock_family(type)) {
	case SN_FAMILY_NONE:
	case SN_FAMILY_MUTEX:
	case SN_FAMILY_RWLOCK:
	case SN_FAMILY_SPIN:
		return 1;
	default:
		return 0;
	}
}

char sn_lock_letter(unsigned type)
{
	return type < COUNT(lock_letters) ? lock_letters[type] : lock_letters[SN_LOCK_NONE];
}

const char *sn_counter_name(unsigned counter)
{
	return FIELD(counters, counter, name, "unknown");
}

const char *sn_counter_text(unsigned counter)
{
	return FIELD(counters, counter, text, "");
}

const char *sn_table_name(unsigned table)
{
	return ITEM(tables, table);
}

const char *sn_system_call_name(unsigned long number)
{
	switch (number) {
#define SN_SYSTEM_CALL(name)                                                                       \
	case SYS_##name:                                                                           \
		return #name;
#include "base/system_calls.def"
#undef SN_SYSTEM_CALL
	default:
		return NULL;
	}
}

static int find(const char *(*name_of)(unsigned), unsigned count, const char *name)
{
	for (unsigned i = 0; i < count; i++)
		if (!strcmp(name_of(i), name))
			return (int)i;
	return -ENOENT;
}

int sn_kind_by_name(const char *name)
{
	return find(sn_kind_name, COUNT(kinds), name);
}

int sn_verdict_by_name(const char *name)
{
	return find(sn_verdict_name, COUNT(verdicts), name);
}

int sn_role_by_name(const char *name)
{
	return find(sn_role_name, COUNT(roles), name);
}

int sn_why_by_name(const char *name)
{
	return find(sn_why_name, COUNT(whys), name);
}

int sn_lock_type_by_name(const char *name)
{
	return find(sn_lock_type_name, COUNT(lock_types), name);
}

int sn_counter_by_name(const char *name)
{
	return find(sn_counter_name, COUNT(counters), name);
}
