# SPDX-License-Identifier: Apache-2.0
"""A case: a program whose head says what is expected of it.  It is run once for each variant by itself, under
`snarl run` and under LD_PRELOAD alone, and what it does and what is found are compared with what the head says.
README.md in this folder lists the directives."""
import os
import re
from functools import partial

from . import formats, golden, process, report
from .checks import Job
from .context import ROOT, environment, work_folder
from .head import Head

STRONG = ("confirmed", "predicted")
UNASKED = ("leaked-worker", "early-exit")  # at a program's end these are told only beside others


class Case:
    """A source with its head, and the program made of it."""

    def __init__(self, context, source):
        self.context = context
        self.source = source  # from the root
        self.base = os.path.splitext(os.path.basename(source))[0]
        self.folder = os.path.basename(os.path.dirname(source))
        self.head = Head(os.path.join(ROOT, source))
        self.program = context.program(self.folder, self.base)
        self.is_example = source.startswith("examples/")
        self.variants = self.head.words("variants") or [""]

    def modes(self):
        """The ways in which it is run: none for a program that only scripts use."""
        said = self.head.value("mode") or "both"
        return {"none": [], "both": ["run", "bare"]}.get(said, said.split())

    def jobs(self):
        """A job for each variant."""
        if not self.modes():
            return []
        alone = self.head.has("alone")
        return [Job(f"{self.base} {v}".rstrip(), partial(self._perform, v), alone) for v in self.variants]

    def _is_absent(self):
        """Whether it could not be compiled here, for want of a library that it may lack."""
        return "glib" in self.head.words("needs") and not self.context.strict and not os.path.exists(self.program)

    def _perform(self, variant, checks):
        """One variant in all modes."""
        if self._is_absent():
            checks.skip(f"{self.base} {variant}: not compiled, there is no GLib")
            return
        with work_folder(self.base) as work:
            own = None
            if not self.head.has("hangs", variant):
                own = process.run(self.command(variant), environment(), work, self.context.deadline,
                                  cwd=ROOT, name="plain")
            for mode in self.modes():
                Run(self, variant, mode, own, checks, work).perform()

    def command(self, variant):
        return [self.program] + ([variant] if variant else [])


class Run:
    """One variant of a case in one mode."""

    def __init__(self, case, variant, mode, own, checks, work):
        self.case, self.variant, self.mode, self.own = case, variant, mode, own
        self.checks = checks
        self.context = case.context
        self.work = work
        self.data = os.path.join(work, f"data-{mode}")
        self.name = f"{case.base}{' ' + variant if variant else ''} ({mode})"
        self.expected = sorted(self.said("expect"))
        self.silent = self.expected in ([], ["silent"])
        self.report = None

    def said(self, key):
        return self.case.head.values(key, self.variant, self.mode)

    def text(self, key):
        return "\n".join(self.said(key))

    def perform(self):
        self.result = self._run()
        self._check_status()
        self._check_output()
        if self.text("report") == "none":
            return
        self._check_findings()
        self._check_report()
        self._check_golden()
        self._check_example()

    def _run(self):
        command = self.case.command(self.variant)
        if self.mode == "run":
            arguments = self.text("run-arguments").split()
            command = [self.context.snarl, "run", "-o", self.data, *arguments, "--", *command]
            env = environment(SNARL_OPTIONS=self.text("options"))
        else:
            os.makedirs(self.data)
            env = environment(SNARL_OPTIONS=self.text("options"), SNARL_OUTPUT=self.data,
                              SNARL_COMMAND=self.context.snarl, LD_PRELOAD=self.context.shim)
        return process.run(command, env, self.work, self.context.deadline, cwd=ROOT)

    def _check_status(self):
        want = self.text("status")
        if not want:
            strong = any(verdict in line for line in self.expected for verdict in STRONG)
            want = "66" if strong else "own"
        if want == "own":
            want = self.own.status if self.own else "its own, but it cannot be run by itself"
        if not self.checks.same(f"{self.name} status", str(want), str(self.result.status)):
            self.checks.failed[-1].detail += f"\nstderr: {self.result.err[:2000]}"

    def _check_output(self):
        want = self.text("stdout")
        if want == "-":
            want = ""
        elif not want and self.own:
            want = self.own.out
        self.checks.same(f"{self.name} stdout", want.rstrip("\n"), self.result.out.rstrip("\n"))
        if self.silent:
            own = self.own.err if self.own else ""
            self.checks.same(f"{self.name} stderr", own.rstrip("\n"), self.result.err.rstrip("\n"))

    def _json(self):
        if self.mode == "run":
            try:
                return process.text_of(os.path.join(self.data, "report.json")), ""
            except OSError as error:
                return "", str(error)
        command = [self.context.snarl, "report", "-f", "json", self.data]
        env = environment(SNARL_OPTIONS=self.text("options"))
        result = process.run(command, env, self.work, self.context.deadline, cwd=ROOT, name="json")
        return result.out, result.err

    def _check_findings(self):
        text, error = self._json()
        self.report = report.load(text)
        if self.report is None:
            found = [f"no report: {error[:300]}"]
        else:
            found = sorted(f"{f.kind} {f.verdict}" for f in self.report.findings)
            formats.check_report(self.checks, self.name, self.report, self.context.strict)
            self.checks.same(f"{self.name} judged as base/verdicts.def knows", [], report.unknown_verdicts(self.report))
        want = [] if self.silent else self.expected
        count = self.text("count")
        if count == "any":
            found = sorted(set(found))
        elif count == "some" and found and set(found) <= set(want):
            want = found
        if not self.checks.same(f"{self.name} findings", want, found):
            self.checks.failed[-1].detail += f"\nstderr: {self.result.err[:3000]}"

    def _check_report(self):
        for expression in self.said("json"):
            self.checks.check(f"{self.name} json: {expression}", *report.holds(expression, self.report))
        for pattern in self.said("text"):
            found = re.search(pattern, self.result.err, re.M)
            self.checks.check(f"{self.name} text: {pattern}", found, f"not in:\n{self.result.err[:5000]}")
        self._check_stuck()
        if not self.silent and self.report is not None:
            for kind in self._kinds_told():
                self.checks.check(f"{self.name} text names {kind}", kind in self.result.err,
                                  f"not in:\n{self.result.err[:5000]}")

    def _kinds_told(self):
        """The kinds of which the text must speak."""
        findings = self.report.findings
        if self.result.status != 66 and all(f.verdict == "suspect" and f.kind in UNASKED for f in findings):
            return []
        return sorted({f.kind for f in findings})

    def _check_stuck(self):
        """The whole set of the stuck must be told, and nobody else; of what they hold, what matters here."""
        want = self.said("stuck")
        if not want:
            return
        waits = sorted(w for w in want if " waits " in w)
        found = self.report or report.Record(findings=[])
        self.checks.same(f"{self.name} stuck", waits, report.parts(found, "waits"))
        held = report.parts(found, "holds")
        for holds in (w for w in want if " holds " in w):
            self.checks.check(f"{self.name}: {holds}", holds in held, f"got: {held}")

    def _check_golden(self):
        """The whole report against the one that a person has read; only of the first variant, by `snarl run`."""
        path = os.path.join(ROOT, "tests/e2e/golden", self.case.base + ".txt")
        first = self.mode == "run" and self.variant == self.case.variants[0]
        if self.case.folder != "cases" or not first or not os.path.exists(path):
            return
        got = golden.filtered(self.result.err)
        if self.context.update:
            with open(path, "w", encoding="utf-8") as file:
                file.write(got + "\n")
        with open(path, encoding="utf-8") as file:
            self.checks.same(f"{self.name} golden", file.read().rstrip("\n"), got.rstrip("\n"))

    def _check_example(self):
        if not self.case.is_example or self.mode != "run":
            return
        source = os.path.join(ROOT, self.case.source)
        got = golden.filtered(self.result.err)
        if self.context.update:
            golden.put_in_comment(source, got)
        self.checks.same(f"{self.name} report as in its comment", golden.in_comment(source),
                         golden.wrapped(got))
