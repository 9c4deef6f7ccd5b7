/* SPDX-License-Identifier: Apache-2.0
 *
 * The table of fixes: each is for a case that can be told, says something else than the fix of its
 * kind, and is found. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <string.h>

#include "base/names.h"
#include "base/recording.h"

#define SN_KIND_ANY SN_KIND_COUNT
#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static const struct {
	unsigned kind, why;
	const char *fix;
} fixes[] = {
#define SN_FIX(kind, why, fix) {SN_KIND_##kind, SN_WHY_##why, fix},
#include "base/fix.def"
#undef SN_FIX
};

static const struct {
	unsigned kind, why;
} judged[] = {
#define SN_JUDGED(kind, verdict, why) {SN_KIND_##kind, SN_WHY_##why},
#include "base/verdicts.def"
#undef SN_JUDGED
};

static void test_cases_can_be_told(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(fixes); i++) {
		unsigned told = 0;

		for (size_t j = 0; j < COUNT(judged); j++)
			if (judged[j].why == fixes[i].why &&
			    (judged[j].kind == fixes[i].kind || fixes[i].kind == SN_KIND_ANY)) {
				told++;
				assert_string_equal(sn_case_fix(judged[j].kind, judged[j].why),
						    fixes[i].fix);
				assert_string_not_equal(sn_kind_fix(judged[j].kind), fixes[i].fix);
			}
		assert_true(told);
	}
}

static void test_others_have_none(void **state)
{
	(void)state;
	assert_null(sn_case_fix(SN_KIND_DEADLOCK, SN_WHY_WAIT_RING));
	assert_null(sn_case_fix(SN_KIND_LOCK_ORDER_INVERSION, SN_WHY_NOTHING_RULES_IT_OUT));
	assert_null(sn_case_fix(SN_KIND_UNLOCK_NOT_OWNER, SN_WHY_HELD_BY_OTHER));
	assert_null(sn_case_fix(SN_KIND_COUNT, SN_WHY_NONE));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cases_can_be_told),
		cmocka_unit_test(test_others_have_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
