/* SPDX-License-Identifier: Apache-2.0
 *
 * A test that says what will be found in it is clean when that comes, and fails when it does not:
 * nothing, another kind, or in another function. What is allowed need not come. */
// variants: met any whole allowed unmet kind pattern elsewhere allowed_other
// expect: silent
// expect[unmet]: expected-not-found confirmed
// expect[kind]: expected-not-found confirmed
// expect[kind]: lock-order-inversion predicted
// expect[pattern]: expected-not-found confirmed
// expect[pattern]: lock-order-inversion predicted
// expect[elsewhere]: expected-not-found confirmed
// expect[elsewhere]: lock-order-inversion predicted
// expect[allowed_other]: lock-order-inversion predicted
// stdout: 0
// stdout[unmet]: 1
// stdout[kind]: 1
// stdout[pattern]: 1
// stdout[elsewhere]: 1
// stdout[allowed_other]: 1
// json[unmet]: f.scope == "test" and f.message == "lock-order-inversion was expected and not found"
// json[pattern]: any("with 'sideways' in it" in g.message for g in findings)
#include "said.h"

int main(int argc, char **argv)
{
	const char *is = argc > 1 ? argv[1] : "met";
	const char *kind = !strcmp(is, "kind") ? "deadlock" : "lock-order-inversion";
	int found;
	if (!strcmp(is, "elsewhere")) {
		snarl_scope_begin("other");
		snarl_expect(kind, NULL);
		found = snarl_scope_end();
	}
	if (!strcmp(is, "whole"))
		snarl_expect(kind, "back*");
	snarl_scope_begin("test");
	if (!strcmp(is, "allowed"))
		snarl_allow(kind, "second");
	else if (!strcmp(is, "allowed_other"))
		snarl_allow(kind, "sideways");
	else if (!strcmp(is, "any"))
		snarl_expect("*", NULL);
	else if (strcmp(is, "whole") && strcmp(is, "elsewhere"))
		snarl_expect(kind, !strcmp(is, "pattern") ? "sideways" : NULL);
	if (strcmp(is, "unmet"))
		invert();
	found = snarl_scope_end();
	printf("%d\n", found);
	return 0;
}
