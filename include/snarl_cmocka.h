/* SPDX-License-Identifier: Apache-2.0
 *
 * A cmocka suite that is checked by snarl: each test is a scope, and fails with the report where
 * something was found in it. One line makes a suite so:
 *
 *	return snarl_cmocka_run_group_tests(tests, NULL, NULL);
 *
 * in place of cmocka_run_group_tests; or, for tests that stay as they are, one by one:
 *
 *	cmocka_unit_test_setup_teardown(test_pool, snarl_cmocka_setup, snarl_cmocka_teardown)
 *
 * To be included after what <cmocka.h> needs. Without the detector the tests are as they were. */
#ifndef SNARL_CMOCKA_H
#define SNARL_CMOCKA_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include <snarl.h>

/* A failed snarl_assert_… is a failed assertion of cmocka's. */
static void snarl_cmocka_fail(const char *file, int line, const char *text, void *context)
{
	(void)context;
	print_error("%s\n", text);
	_fail(file, line);
}

static int snarl_cmocka_begin(const char *name)
{
	snarl_on_failure(snarl_cmocka_fail, NULL);
	snarl_scope_begin(name);
	return 0;
}

/* What was found is the test's error. */
static int snarl_cmocka_end(void)
{
	if (!snarl_scope_end())
		return 0;
	print_error("%s", snarl_text());
	return -1;
}

static inline int snarl_cmocka_setup(void **state)
{
	(void)state;
	return snarl_cmocka_begin("test");
}

static inline int snarl_cmocka_teardown(void **state)
{
	(void)state;
	return snarl_cmocka_end();
}

/* The group's own fixtures, and the state that they share: cmocka would hand that to every test in
 * place of what we give it. */
struct snarl_cmocka_group {
	CMFixtureFunction setup, teardown;
	void *state;
};
static struct snarl_cmocka_group snarl_cmocka_group;

static int snarl_cmocka_group_set_up(void **state)
{
	struct snarl_cmocka_group *g = &snarl_cmocka_group;
	(void)state;
	return g->setup ? g->setup(&g->state) : 0;
}

static int snarl_cmocka_group_tear_down(void **state)
{
	struct snarl_cmocka_group *g = &snarl_cmocka_group;
	(void)state;
	return g->teardown ? g->teardown(&g->state) : 0;
}

/* A test of the suite with its own set-up and tear-down around it, and the scope around those. */
struct snarl_cmocka_test {
	const struct CMUnitTest *test;
	void *state;
};

static int snarl_cmocka_set_up(void **state)
{
	struct snarl_cmocka_test *t = (struct snarl_cmocka_test *)*state;
	snarl_cmocka_begin(t->test->name);
	/* As cmocka has it. */
	t->state = snarl_cmocka_group.state ? snarl_cmocka_group.state : t->test->initial_state;
	return t->test->setup_func ? t->test->setup_func(&t->state) : 0;
}

static void snarl_cmocka_run(void **state)
{
	struct snarl_cmocka_test *t = (struct snarl_cmocka_test *)*state;
	t->test->test_func(&t->state);
}

static int snarl_cmocka_tear_down(void **state)
{
	struct snarl_cmocka_test *t = (struct snarl_cmocka_test *)*state;
	int rc = t->test->teardown_func ? t->test->teardown_func(&t->state) : 0;
	int found = snarl_cmocka_end();
	return rc ? rc : found;
}

/* As _cmocka_run_group_tests, each test in a scope of its name. */
static inline int snarl_cmocka_run_group(const char *group, const struct CMUnitTest *tests,
					 size_t count, CMFixtureFunction setup,
					 CMFixtureFunction teardown)
{
	struct CMUnitTest *checked = (struct CMUnitTest *)calloc(count + 1, sizeof *checked);
	struct snarl_cmocka_test *each =
		(struct snarl_cmocka_test *)calloc(count + 1, sizeof *each);
	int failed = -1;
	snarl_cmocka_group.setup = setup;
	snarl_cmocka_group.teardown = teardown;
	snarl_cmocka_group.state = NULL;
	for (size_t i = 0; checked && each && i < count; i++) {
		each[i].test = &tests[i];
		checked[i] = tests[i];
		checked[i].test_func = snarl_cmocka_run;
		checked[i].setup_func = snarl_cmocka_set_up;
		checked[i].teardown_func = snarl_cmocka_tear_down;
		checked[i].initial_state = &each[i];
	}
	if (checked && each)
		failed = _cmocka_run_group_tests(group, checked, count,
						 setup ? snarl_cmocka_group_set_up : NULL,
						 teardown ? snarl_cmocka_group_tear_down : NULL);
	free(checked);
	free(each);
	return failed;
}
#define snarl_cmocka_run_group_tests(tests, setup, teardown)                                       \
	snarl_cmocka_run_group(#tests, tests, sizeof(tests) / sizeof(*(tests)), setup, teardown)

#endif
