# SPDX-License-Identifier: Apache-2.0
"""What well-known programs do and mean so is left out and counted; it can be seen, and told all the same."""


def of(t, options, status, confirmed, suppressed):
    result = t.run_snarl([t.program("cases", "known_vm")], options=["-f", "json", *options])
    summary = t.kept()["summary"]
    t.same(f"known {options} status", status, result.status)
    t.same(f"known {options} confirmed", confirmed, summary["confirmed"])
    t.same(f"known {options} suppressed", suppressed, summary["suppressed"])


def test_known(t):
    of(t, [], 0, 0, 1)


def test_switched_off(t):
    of(t, ["-O", "known=0"], 66, 1, 0)
