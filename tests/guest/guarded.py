# SPDX-License-Identifier: Apache-2.0
"""What is built bears the guards that SECURITY.md promises, and the command works on the smallest stacks."""
import os
import re


def test_built(t):
    for name in ("libsnarl.so", "libsnarl-channel.so", "snarl"):
        path = os.path.join(t.build, name)
        heads = t.run(["readelf", "-lW", path]).out
        dynamic = t.run(["readelf", "-dW", path]).out
        t.check(f"{name}: relocations become read-only", "GNU_RELRO" in heads, heads)
        t.check(f"{name}: and are made at the start", re.search(r"BIND_NOW|FLAGS_1.*NOW", dynamic), dynamic)
        t.check(f"{name}: no executable stack", re.search(r"GNU_STACK .* RW +0x", heads), heads)
        t.check(f"{name}: no segment is written and run", not re.search(r"LOAD .* RWE ", heads), heads)
        t.check(f"{name}: no relocation of code, no path of libraries", not re.search(r"TEXTREL|R(UN)?PATH", dynamic),
                dynamic)
        symbols = t.run(["readelf", "--dyn-syms", "-W", path]).out
        if name == "snarl":
            t.check(f"{name}: position-independent", "DYN" in t.run(["readelf", "-hW", path]).out)
        if name != "libsnarl-channel.so":
            t.check(f"{name}: fortified", re.search(r"__\w+_chk", symbols), symbols)


def test_small_stack(t):
    order = t.program("guest", "order")
    t.same("a run to report on", 66, t.run_snarl([order]).status)
    for size in (64, 128):
        def small(*words):
            return t.run(["sh", "-c", f'ulimit -s {size}; exec "$@"', "-", *words])
        result = small(t.snarl, "report", t.path("run"))
        t.same(f"stack of {size} KiB: report", 66, result.status)
        t.check(f"stack of {size} KiB: has the finding", "lock-order-inversion" in result.out, result.out)
        t.same(f"stack of {size} KiB: JSON", 66, small(t.snarl, "report", "-f", "json", t.path("run")).status)
        t.same(f"stack of {size} KiB: the program's limit is its own", f"{size}\n",
               small(t.snarl, "run", "-o", t.path("limit"), "--", "sh", "-c", "ulimit -s").out)
