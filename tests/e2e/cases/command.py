# SPDX-License-Identifier: Apache-2.0
"""What the command says of itself."""


def test_version(t):
    with open(t.root + "/VERSION", encoding="ascii") as file:
        version = file.read().strip()
    t.same("snarl --version", f"snarl {version}\n", t.run([t.snarl, "--version"]).out)
