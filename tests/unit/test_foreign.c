/* SPDX-License-Identifier: Apache-2.0
 *
 * Foreign text on its way to each output: what speaks there is escaped, all else stays. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "base/foreign.h"

static void check(enum sn_output output, const char *text, const char *wanted)
{
	char got[256];
	size_t n = sn_foreign_escape(got, sizeof(got), text, output);

	assert_string_equal(got, wanted);
	assert_int_equal(n, strlen(wanted));
	assert_int_equal(sn_foreign_is_harmless(text, output), !strcmp(text, wanted));
}

static void names_stay(void **state)
{
	(void)state;
	for (int o = 0; o < SN_OUTPUT_COUNT; o++)
		if (o != SN_OUTPUT_URI)
			check((enum sn_output)o, "worker-7 (h\303\251) {x+y}, a.c!",
			      o == SN_OUTPUT_GITHUB_PROPERTY ? "worker-7 (h\303\251) {x+y}%2C a.c!"
							     : "worker-7 (h\303\251) {x+y}, a.c!");
}

static void each_output_has_its_own(void **state)
{
	static const char text[] = "a\"'<&>|`*_@#%:,\\\n\033\233\342\200\256";

	(void)state;
	check(SN_OUTPUT_TEXT, text, "a\"'<&>|`*_@#%:,\\\\n\\x1b\\x9b\\u{202e}");
	check(SN_OUTPUT_GITHUB, text, "a\"'<&>|`*_@#%25:,\\%0A\\x1b\\x9b\\u{202e}");
	check(SN_OUTPUT_GITHUB_PROPERTY, text, "a\"'<&>|`*_@#%25%3A%2C\\%0A\\x1b\\x9b\\u{202e}");
	check(SN_OUTPUT_MARKDOWN, text,
	      "a\"'&lt;&amp;&gt;\\|\\`\\*\\_@&#8203;\\#%:,\\\\\\\\n\\\\x1b\\\\x9b\\\\u{202e}");
	check(SN_OUTPUT_XML, text, "a&quot;&#39;&lt;&amp;&gt;|`*_@#%:,\\\\n\\x1b\\x9b\\u{202e}");
	check(SN_OUTPUT_URI, text,
	      "a%22%27%3C%26%3E%7C%60%2A_%40%23%25%3A%2C%5C%0A%1B%9B%E2%80%AE");
	check(SN_OUTPUT_DOT, text, "a\\\"'<&>|`*_@#%:,\\\\\\\\n\\\\x1b\\\\x9b\\\\u{202e}");
}

/* XML has no way to write these; a URI has one for every byte. */
static void no_characters(void **state)
{
	(void)state;
	check(SN_OUTPUT_XML, "\357\277\276\357\277\277", "\\u{fffe}\\u{fffe}");
	check(SN_OUTPUT_URI, "\364\217\277\277", "%F4%8F%BF%BF");
	check(SN_OUTPUT_DOT, "\363\240\201\201", "\\\\u{e0041}");
}

static void what_does_not_fit_is_left_out_whole(void **state)
{
	char got[8];

	(void)state;
	assert_int_equal(sn_foreign_escape(got, sizeof(got), "ab&cd", SN_OUTPUT_XML), 7);
	assert_string_equal(got, "ab&amp;");
	assert_int_equal(sn_foreign_escape(got, 6, "ab&cd", SN_OUTPUT_XML), 2);
	assert_string_equal(got, "ab");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_stay),
		cmocka_unit_test(each_output_has_its_own),
		cmocka_unit_test(no_characters),
		cmocka_unit_test(what_does_not_fit_is_left_out_whole),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
