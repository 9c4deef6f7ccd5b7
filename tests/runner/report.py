# SPDX-License-Identifier: Apache-2.0
"""A JSON report as objects, and the expressions that cases state of it."""
import json
import os
import re

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))


class Record(dict):
    """A JSON object whose members are attributes; one that is absent is None."""

    def __getattr__(self, name):
        return self.get(name)


def load(text):
    """The report, or None with nothing to read."""
    try:
        report = json.loads(text, object_hook=Record)
    except ValueError:
        return None
    return report if isinstance(report, Record) else None


def _judged():
    """All (kind, verdict, why) that base/verdicts.def has, by the names that reports use."""
    def table(name, macro):
        with open(os.path.join(ROOT, "base", name), encoding="utf-8") as file:
            return re.findall(rf'^{macro}\((\w+), *([^\n]*)', file.read(), re.M)

    kinds_of, whys = ({e: rest.split('"')[1] for e, rest in table(*t)}
                      for t in (("kinds.def", "SN_KIND"), ("why.def", "SN_WHY")))
    rows = [(kind, *rest.rstrip(")").split(", ")) for kind, rest in table("verdicts.def", "SN_JUDGED")]
    return {(kinds_of[kind], verdict.lower(), whys[why]) for kind, verdict, why in rows}


def unknown_verdicts(report):
    """What the report's findings say of themselves that the table of verdicts does not know."""
    if not hasattr(unknown_verdicts, "table"):
        unknown_verdicts.table = _judged()
    said = {(f.kind, f.verdict, f.reason) for f in report.findings or []}
    return sorted(" ".join(map(str, s)) for s in said - unknown_verdicts.table)


def roles(finding):
    """The roles of a finding's stacks, in order."""
    return [s.role for s in finding.stacks]


def kinds(findings):
    """The kinds of findings, in order."""
    return [f.kind for f in findings]


def matches(pattern, text):
    """Whether the regular expression is found in the text."""
    return re.search(pattern, text or "") is not None


def names_of(report):
    """What an expression can speak of: the report's own members, `f` for its first finding, `stacks` for
    all stacks of all findings, and the functions above."""
    names = dict(report)
    findings = report.findings or []
    names.update(report=report, f=findings[0] if findings else Record(), roles=roles, kinds=kinds, matches=matches,
                 stacks=[s for f in findings for s in f.stacks or []])
    return names


def holds(expression, report):
    """Whether the Python expression is true of the report, and what to say when not."""
    if report is None:
        return False, "there is no report"
    try:
        value = eval(expression, names_of(report))  # the tests' own text
    except Exception as error:
        return False, f"{type(error).__name__}: {error}"
    return bool(value), f"got: {value!r}"


def parts(report, role):
    """All parts of the role in all findings, `THREAD ROLE OBJECT` each: by names, or the id of a thread and
    the type of an object that have none."""
    found = set()
    for finding in report.findings:
        threads = {t.id: t.name or t.id for t in finding.threads}
        objects = {o.id: o.name or o.type for o in finding.objects}
        objects.update({t.id: t.name or "thread" for t in finding.threads if t.id not in objects})
        for stack in finding.stacks:
            if stack.role == role:
                found.add(f"{threads.get(stack.thread)} {role} {objects.get(stack.object, 'nothing')}")
    return sorted(found)
