# SPDX-License-Identifier: Apache-2.0
"""What the command says of itself, and what it makes of its options."""
import os


def test_version(t):
    with open(t.root + "/VERSION", encoding="ascii") as file:
        version = file.read().strip()
    t.same("snarl --version", f"snarl {version}\n", t.run([t.snarl, "--version"]).out)


def test_formats_add_up(t):
    for options, wanted in ((["-f", "json"], ["report.json"]),
                            (["-f", "json", "-f", "text"], ["report.json", "report.txt"])):
        folder = t.path("formats-" + str(len(options)))
        t.run([t.snarl, "run", "--quiet", "-o", folder, *options, "--", t.build + "/e2e/cases/inversion_2", "normal"])
        t.same(" ".join(options), wanted, sorted(f for f in os.listdir(folder) if f.startswith("report.")))
