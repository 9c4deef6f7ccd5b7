/* SPDX-License-Identifier: Apache-2.0
 *
 * A GoogleTest program that is checked by snarl: each test is a scope, and fails with the report
 * where something was found in it. One line makes a program so, in one of its files:
 *
 *	SNARL_GTEST;
 *
 * at namespace level; a main of one's own may call snarl::listen_gtest() before RUN_ALL_TESTS in its
 * place. Without the detector the tests are as they were. */
#ifndef SNARL_GTEST_H
#define SNARL_GTEST_H

#include <gtest/gtest.h>
#include <string>
#include <snarl.h>

namespace snarl
{

class gtest_listener : public ::testing::EmptyTestEventListener
{
	void OnTestStart(const ::testing::TestInfo &test) override
	{
		snarl_on_failure(fail, nullptr);
		snarl_scope_begin(
			(std::string(test.test_suite_name()) + "." + test.name()).c_str());
	}
	void OnTestEnd(const ::testing::TestInfo &test) override
	{
		if (snarl_scope_end())
			ADD_FAILURE_AT(test.file(), test.line()) << snarl_text();
	}
	static void fail(const char *file, int line, const char *text, void *)
	{
		ADD_FAILURE_AT(file, line) << text;
	}
};

/* Ends of tests go through the listeners backwards: this one comes before the printer. */
inline int listen_gtest()
{
	::testing::UnitTest::GetInstance()->listeners().Append(new gtest_listener);
	return 0;
}

} // namespace snarl

#define SNARL_GTEST                                                                                \
	static const int snarl_gtest_listens __attribute__((unused)) = ::snarl::listen_gtest()

#endif
