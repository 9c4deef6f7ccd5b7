# SPDX-License-Identifier: Apache-2.0
"""Ways of loading: linked instead of preloaded, bound at once, loaded twice."""
import os


def test_bound_and_twice(t):
    program = [t.program("cases", "silent_consistent"), "normal"]
    for name, env in (("LD_BIND_NOW=1", {"LD_BIND_NOW": "1"}),
                      ("LD_PRELOAD=", {"LD_PRELOAD": f"{t.shim}:{t.shim}"})):
        result = t.preloaded(program, **env)
        t.same(name, ("done\n", "", 5), (result.out, result.err, result.status))


def test_linked(t):
    linked = t.compile("linked", "tests/e2e/cases/inversion_2.c", "-pthread", "-D_GNU_SOURCE", "-Itests/e2e",
                       "-Wl,--no-as-needed", t.shim, f"-Wl,-rpath,{os.path.dirname(t.shim)}")
    result = t.run([linked, "normal"], SNARL_OUTPUT=t.path("linked.data"), SNARL_COMMAND=t.snarl)
    t.same("linked: status", ("done\n", 66), (result.out, result.status))
    t.check("linked: report", "lock-order-inversion" in result.err, result.err)
    result = t.run_snarl([linked, "normal"])
    t.same("linked and run: status", ("done\n", 66), (result.out, result.status))
