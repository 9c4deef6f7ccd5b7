/* SPDX-License-Identifier: Apache-2.0
 *
 * The parser of SNARL_OPTIONS: what it accepts, what it refuses, and what it says then. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>
#include <string.h>
#include "base/options.h"

static struct sn_options o;
static char error[256];

static int parse(const char *text)
{
	sn_options_default(&o);
	memset(error, 'x', sizeof(error));
	return sn_options_parse(&o, text, error, sizeof(error));
}

static void defaults_are_those_of_the_table(void **state)
{
	(void)state;
	assert_int_equal(parse(""), 0);
	assert_string_equal(error, "");
	assert_int_equal(o.exitcode, 66);
	assert_int_equal(o.fail_on, SN_FAIL_PREDICTED);
	assert_int_equal(o.on_deadlock, SN_DEADLOCK_AUTO);
	assert_int_equal(o.stacks, SN_STACKS_FULL);
	assert_int_equal(o.report_at_exit, 1);
	assert_string_equal(o.log_path, "");
	assert_int_equal(parse(NULL), 0);
}

static void every_separator_separates(void **state)
{
	(void)state;
	assert_int_equal(parse(":exitcode=1:fail_on=never,stacks=site help=1\nleaks=off\t:,"), 0);
	assert_int_equal(o.exitcode, 1);
	assert_int_equal(o.fail_on, SN_FAIL_NEVER);
	assert_int_equal(o.stacks, SN_STACKS_SITE);
	assert_int_equal(o.help, 1);
	assert_int_equal(o.leaks, SN_LEAKS_OFF);
}

static void the_last_value_counts(void **state)
{
	(void)state;
	assert_int_equal(parse("exitcode=1:exitcode=2"), 0);
	assert_int_equal(o.exitcode, 2);
}

static void quotes_keep_separators(void **state)
{
	(void)state;
	assert_int_equal(parse("log_path='/a b:c,d':exitcode=3"), 0);
	assert_string_equal(o.log_path, "/a b:c,d");
	assert_int_equal(o.exitcode, 3);
	assert_int_equal(parse("log_path=\"it's\""), 0);
	assert_string_equal(o.log_path, "it's");
	assert_int_equal(parse("log_path='open"), 0);
	assert_string_equal(o.log_path, "open");
	assert_int_equal(parse("log_path="), 0);
	assert_string_equal(o.log_path, "");
}

static void truth_has_six_words(void **state)
{
	static const char *const yes[] = {"halt_on_error=1", "halt_on_error=true",
					  "halt_on_error=yes"};
	static const char *const no[] = {"fast_path=0", "fast_path=false", "fast_path=no"};

	(void)state;
	for (int i = 0; i < 3; i++) {
		assert_int_equal(parse(yes[i]), 0);
		assert_int_equal(o.halt_on_error, 1);
		assert_int_equal(parse(no[i]), 0);
		assert_int_equal(o.fast_path, 0);
	}
	assert_int_equal(parse("fast_path=on"), -EINVAL);
	assert_int_equal(parse("fast_path=2"), -EINVAL);
	assert_int_equal(parse("fast_path="), -EINVAL);
}

static void numbers_have_limits(void **state)
{
	static const char *const bad[] = {
		"exitcode=256",
		"exitcode=-1",
		"exitcode=",
		"exitcode=1x",
		"exitcode= 1",
		"stack_depth=0",
		"stack_depth=129",
		"max_recording=0",
		"exitcode=0x10",
		"stack_depth=+5",
		"exitcode=99999999999999999999999",
		"exitcode",
		"stack_depth=1e1",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_int_equal(parse(bad[i]), -EINVAL);
		assert_int_equal(o.exitcode, 66);
		assert_int_equal(o.stack_depth, 32);
	}
	assert_int_equal(parse("exitcode=0:stack_depth=128"), 0);
	assert_int_equal(parse("exitcode=255:stack_depth=1"), 0);
}

static void a_bad_part_does_not_stop_the_others(void **state)
{
	(void)state;
	assert_int_equal(parse("nonsense=1:exitcode=5:leaks=much:stacks=site"), -EINVAL);
	assert_int_equal(o.exitcode, 5);
	assert_int_equal(o.stacks, SN_STACKS_SITE);
	assert_int_equal(o.leaks, SN_LEAKS_NORMAL);
	assert_string_equal(error, "unknown option 'nonsense': help=1 lists them");
}

static void errors_are_one_line_that_tells_what_to_do(void **state)
{
	char tiny[8];

	(void)state;
	parse("exitcode=999");
	assert_string_equal(error, "bad value '999' for exitcode: give a number from 0 to 255");
	parse("leaks='a\nb'");
	assert_string_equal(error, "bad value 'a?b' for leaks: give one of normal|strict|off");
	parse("help");
	assert_string_equal(error, "option help has no value: give 0 or 1");
	assert_int_equal(sn_options_parse(&o, "nonsense=1", tiny, sizeof(tiny)), -EINVAL);
	assert_string_equal(tiny, "unknown");
	assert_int_equal(sn_options_parse(&o, "nonsense=1", NULL, 0), -EINVAL);
}

static void texts_are_bounded(void **state)
{
	char value[SN_OPTION_TEXT_MAX + 1];

	(void)state;
	sn_options_default(&o);
	memset(value, 'v', sizeof(value));
	assert_int_equal(sn_options_set(&o, "log_path", 8, value, SN_OPTION_TEXT_MAX), -EINVAL);
	assert_string_equal(o.log_path, "");
	assert_int_equal(sn_options_set(&o, "log_path", 8, value, SN_OPTION_TEXT_MAX - 1), 0);
	assert_int_equal(strlen(o.log_path), SN_OPTION_TEXT_MAX - 1);
	assert_int_equal(sn_options_set(&o, "log_pat", 7, "x", 1), -ENOENT);
}

static void help_is_bounded_as_snprintf(void **state)
{
	char text[8192], part[32];
	size_t n = sn_options_help(text, sizeof(text));

	(void)state;
	assert_int_equal(n, strlen(text));
	assert_non_null(strstr(text, "exitcode=66"));
	assert_non_null(strstr(text, "fail_on=predicted"));
	assert_int_equal(sn_options_help(part, sizeof(part)), n);
	assert_int_equal(strlen(part), sizeof(part) - 1);
	assert_int_equal(sn_options_help(NULL, 0), n);
}

/* Any bytes: no crash, and the options stay within their limits. */
static void noise_does_no_harm(void **state)
{
	static const char alphabet[] = "=:'\", \nhelpxitcod01=9_stackfno\x01\xff";
	char text[64];
	uint32_t seed = 1;

	(void)state;
	for (int round = 0; round < 20000; round++) {
		for (size_t i = 0; i < sizeof(text) - 1; i++) {
			seed = seed * 1664525u + 1013904223u;
			text[i] = alphabet[(seed >> 16) % (sizeof(alphabet) - 1)];
		}
		text[(seed >> 8) % sizeof(text)] = '\0';
		text[sizeof(text) - 1] = '\0';
		parse(text);
		assert_in_range(o.exitcode, 0, 255);
		assert_true(strlen(error) < sizeof(error));
		assert_null(strchr(error, '\n'));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(defaults_are_those_of_the_table),
		cmocka_unit_test(every_separator_separates),
		cmocka_unit_test(the_last_value_counts),
		cmocka_unit_test(quotes_keep_separators),
		cmocka_unit_test(truth_has_six_words),
		cmocka_unit_test(numbers_have_limits),
		cmocka_unit_test(a_bad_part_does_not_stop_the_others),
		cmocka_unit_test(errors_are_one_line_that_tells_what_to_do),
		cmocka_unit_test(texts_are_bounded),
		cmocka_unit_test(help_is_bounded_as_snprintf),
		cmocka_unit_test(noise_does_no_harm),
	};

	return cmocka_run_group_tests_name("options", tests, NULL, NULL);
}
