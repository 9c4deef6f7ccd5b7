# SPDX-License-Identifier: Apache-2.0
"""Test frameworks with a line of snarl's: of three tests the one that leaks a thread fails, by its name, and so does the one
whose assertion fails; without the detector all pass."""
import os
import subprocess

HEAD = """
#include <pthread.h>
#include <semaphore.h>
static sem_t never;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static void *waits(void *unused) { sem_wait(&never); return unused; }
static void *ends(void *unused) { return unused; }
static void leak(void) { pthread_t t; pthread_create(&t, 0, waits, 0); }
static void tidy(void) { pthread_t t; pthread_create(&t, 0, ends, 0); pthread_join(t, 0); }
"""

CMOCKA = """
#include <snarl_cmocka.h>
""" + HEAD + """
static int made;
static int make(void **state) { *state = &made; made++; return 0; }
static int unmake(void **state) { assert_ptr_equal(*state, &made); made--; return 0; }
static void tidies(void **state) { assert_ptr_equal(*state, &made); assert_int_equal(made, 1); tidy(); }
static int shared;
static int make_shared(void **state) { *state = &shared; shared = 1; return 0; }
static int drop_shared(void **state) { assert_ptr_equal(*state, &shared); return shared != 1; }
static void shares(void **state) { assert_ptr_equal(*state, &shared); }
static void leaks(void **state) { (void)state; leak(); }
static void asserts(void **state) { (void)state; snarl_assert_held(&lock); }
int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(tidies, make, unmake),
		cmocka_unit_test(shares),
		cmocka_unit_test(leaks),
		cmocka_unit_test(asserts),
	};
	return snarl_cmocka_run_group_tests(tests, make_shared, drop_shared);
}
"""

GTEST = """
#include <snarl_gtest.h>
""" + HEAD + """
SNARL_GTEST;
TEST(suite, tidies) { tidy(); }
TEST(suite, leaks) { leak(); }
TEST(suite, asserts) { snarl_assert_held(&lock); }
"""

CATCH2 = """
#define CATCH_CONFIG_MAIN
#include <snarl_catch2.h>
""" + HEAD + """
SNARL_CATCH2;
TEST_CASE("tidies") { tidy(); }
TEST_CASE("leaks") { leak(); }
TEST_CASE("asserts") { snarl_assert_held(&lock); }
"""

CXX11 = """
#include <snarl.hpp>
#include <atomic>
#include <cstring>
#include <mutex>
#include <sched.h>
""" + HEAD + """
struct spin {
	std::atomic<int> word{0};
	void lock() { while (word.exchange(1)) sched_yield(); }
	bool try_lock() { return !word.exchange(1); }
	void unlock() { word.store(0); }
};
static snarl::annotated<spin> own;
int main()
{
	int wrong = 0;
	{
		snarl::scope scope("tidy");
		tidy();
		std::lock_guard<snarl::annotated<spin>> guard(own);
		wrong += snarl_held_by_me(&own) == 0;
		wrong += own.try_lock();
	}
	wrong += own.try_lock() ? 0 : 1;
	own.unlock();
	snarl::scope scope("leaky");
	leak();
	const char *text = scope.end();
	wrong += snarl_api() ? !std::strstr(text, "leaky") : *text != 0;
	return wrong ? 3 : 0;
}
"""


def build(t, name, text, *flags, standard="c++17"):
    """Compiles a program of C++ from its text."""
    with open(t.path(name + ".cc"), "w", encoding="utf-8") as file:
        file.write(text)
    return t.compile(name, t.path(name + ".cc"), "-std=" + standard, "-Iinclude", "-Wall", "-Wextra", "-pthread", *flags)


def there(t, name, header):
    """Whether the framework's header can be had."""
    more = os.environ.get("SNARL_TEST_INCLUDE", "")
    result = subprocess.run([*os.environ.get("CXX", "g++").split(), "-E", "-x", "c++", "-", *(["-I" + more] if more else [])],
                            input=f"#include <{header}>\n", capture_output=True, text=True, check=False)
    if result.returncode:
        t.skip(f"{name} is not installed")
    return not result.returncode


def check(t, program, passes, fails, status):
    alone = t.run([program])
    t.same("by itself all pass", 0, alone.status)
    result = t.run_snarl([program])
    text = result.out + result.err
    t.same("under snarl it fails", status, result.status)
    for line in passes + fails:
        t.check(f"says {line}", line in text, text)
    scopes = sorted(f.scope for f in t.report().findings if f.scope)
    t.check("one test leaks", len(scopes) == 1 and "leaks" in scopes[0], str(scopes))


def test_cmocka(t):
    program = t.compile("suite", CMOCKA, "-std=gnu11", "-Iinclude", "-Wall", "-Wextra", "-Wno-unused-function", "-pthread", "-lcmocka")
    check(t, program, ["[       OK ] tidies", "[       OK ] shares"], ["] leaks", "does not hold &lock", "in scope 'leaks'", "[  FAILED  ] asserts"], 66)


def test_gtest(t):
    if there(t, "GoogleTest", "gtest/gtest.h"):
        program = build(t, "gtest", GTEST, "-O0", "-lgtest_main", "-lgtest")
        check(t, program, ["[       OK ] suite.tidies"],
              ["[  FAILED  ] suite.leaks", "[  FAILED  ] suite.asserts", "does not hold &lock", "in scope 'suite.leaks'"], 66)


def test_catch2(t):
    if there(t, "Catch2", "catch2/catch.hpp"):
        more = os.environ.get("SNARL_TEST_INCLUDE", "")
        program = build(t, "catch2", CATCH2, "-O0", *(["-I" + more] if more else []))
        check(t, program, ["test cases: 3 | 2 passed | 1 failed"],
              ["leaks: FAILED by snarl", "the calling thread does not hold", "in scope 'leaks'"], 66)


def test_cxx11(t):
    program = build(t, "plain", CXX11, standard="c++11")
    alone = t.run([program])
    t.same("by itself", (0, ""), (alone.status, alone.err))
    t.same("under snarl", 66, t.run_snarl([program]).status)
    found = sorted((f.kind, f.scope) for f in t.report().findings)
    t.same("found", [("leaked-worker", "leaky")], found)
