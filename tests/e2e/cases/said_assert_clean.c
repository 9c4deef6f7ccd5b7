/* SPDX-License-Identifier: Apache-2.0
 *
 * An assertion that nothing was found: what was found is its text, in the test where it was, also
 * when it lies in an inner scope, whose fault the outer one's then is not, or in none. */
// variants: scope whole nested tidy
// expect: lock-order-inversion predicted
// expect[tidy]: silent
// stdout: said_assert_clean.c inversion done
// stdout[nested]: said_assert_clean.c inversion outer is clean
// stdout[tidy]: done
// json[scope]: f.scope == "invert"
// json[nested]: f.scope == "outer/inner"
// json[whole]: f.scope is None
#include "said.h"

int main(int argc, char **argv)
{
	const char *is = argc > 1 ? argv[1] : "scope";
	int whole = !strcmp(is, "whole"), nested = !strcmp(is, "nested");
	snarl_on_failure(print_failure, NULL);
	if (nested)
		snarl_scope_begin("outer");
	if (!whole)
		snarl_scope_begin(nested ? "inner" : "invert");
	if (!strcmp(is, "tidy"))
		turn_next();
	else
		invert();
	snarl_assert_clean();
	snarl_scope_end();
	if (nested)
		printf("outer is %s", snarl_scope_end() ? "not" : "clean");
	puts(nested ? "" : "done");
	return 0;
}
