/* SPDX-License-Identifier: Apache-2.0
 *
 * A Catch2 program (versions 2 and 3) that is checked by snarl: each test case is a scope, and the
 * program fails with the report where something was found in one. One line makes a program so, in one
 * of its files, after Catch's header:
 *
 *	SNARL_CATCH2;
 *
 * A listener cannot fail a test case once it is over: what is found at its end is printed with its
 * name, and under the detector the status of the program is that of a failed run (66). snarl_assert_clean() within the test case fails it.
 * Without the detector the tests are as they were. */
#ifndef SNARL_CATCH2_H
#define SNARL_CATCH2_H

#if __has_include(<catch2/catch_test_macros.hpp>)
#include <catch2/catch_test_macros.hpp>
#include <catch2/reporters/catch_reporter_event_listener.hpp>
#include <catch2/reporters/catch_reporter_registrars.hpp>
namespace snarl
{
using catch2_base = Catch::EventListenerBase;
}
#else
#include <catch2/catch.hpp>
namespace snarl
{
using catch2_base = Catch::TestEventListenerBase;
}
#endif
#include <cstdio>
#include <string>
#include <unistd.h>
#include <snarl.h>

namespace snarl
{

class catch2_listener : public catch2_base
{
      public:
	using catch2_base::catch2_base;
	void testCaseStarting(const Catch::TestCaseInfo &test) override
	{
		name = test.name;
		snarl_on_failure(fail, nullptr);
		snarl_scope_begin(name.c_str());
	}
	void testCaseEnded(const Catch::TestCaseStats &) override
	{
		if (!snarl_scope_end())
			return;
		std::fprintf(stderr, "%s: FAILED by snarl:\n%s", name.c_str(), snarl_text());
	}

      private:
	static void fail(const char *file, int line, const char *text, void *)
	{
		FAIL(file << ":" << line << ": " << text);
	}
	std::string name;
};

} // namespace snarl

#define SNARL_CATCH2                                                                               \
	typedef ::snarl::catch2_listener snarl_catch2_listener;                                    \
	CATCH_REGISTER_LISTENER(snarl_catch2_listener)

#endif
