# SPDX-License-Identifier: Apache-2.0
"""`make install` into a folder: what is there works by itself, and `make uninstall` leaves nothing."""
import os
import shutil


def make(t, target):
    """What the tests run is built already: nothing is made again, whatever flags it was made with."""
    return t.run(["make", "-s", "-o", "all", target, f"B={t.build}", f"DESTDIR={t.path('root')}", "PREFIX=/usr"])


def files(t):
    return sorted(os.path.join(folder, f) for folder, _, names in os.walk(t.path("root")) for f in names)


def pkg_config(t, *words):
    return t.run(["pkg-config", *words], PKG_CONFIG_LIBDIR=t.path("root/usr/lib/pkgconfig"),
                 PKG_CONFIG_SYSROOT_DIR=t.path("root"))


def test_installed(t):
    result = make(t, "install")
    t.same("make install: status and errors", (0, ""), (result.status, result.err))
    moved = t.path("root/usr/bin/snarl")
    result = t.run([moved, "run", "-o", t.path("run"), "--", t.program("guest", "order")])
    t.same("snarl run of the installed tree finds its library", 66, result.status)
    library = os.path.join(t.path("root/usr/lib"), "libsnarl.so")
    result = t.run([t.program("guest", "order")], LD_PRELOAD=library, SNARL_OUTPUT=t.path("bare"))
    t.check("the library finds its command", result.status == 66 and "lock-order-inversion" in result.err
            and "could not be run" not in result.err, result.err)
    if shutil.which("pkg-config"):
        for package in ("snarl", "snarl-channel", "snarl-race"):
            result = pkg_config(t, "--cflags", "--libs", package)
            t.same(f"pkg-config {package}: status and errors", (0, ""), (result.status, result.err))
            t.check(f"pkg-config {package}: names the installed folder", t.path("root/usr") in result.out, result.out)
    else:
        t.skip("pkg-config is not installed")
    t.check("something was installed", len(files(t)) > 5, files(t))
    result = make(t, "uninstall")
    t.same("make uninstall: status and errors", (0, ""), (result.status, result.err))
    t.same("nothing is left", [], files(t))
