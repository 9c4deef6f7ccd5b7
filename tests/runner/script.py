# SPDX-License-Identifier: Apache-2.0
"""Tests that are more than a program with a head: Python files whose functions test_…(t) are a job each.  `t`
is a Script: it makes checks, compiles, and runs programs by themselves, under `snarl run` and under
LD_PRELOAD alone."""
import importlib.util
import os
import subprocess

from . import formats, process, report
from .checks import Job
from .context import ROOT, environment, work_folder


def alone(test):
    """Marks a test that needs the machine to itself: what it measures is spoilt by neighbours."""
    test.alone = True
    return test


class Script:
    """What a script's function is given."""

    def __init__(self, context, checks, work):
        self.context, self.work = context, work
        self.root = ROOT
        self.build, self.snarl, self.shim = context.build, context.snarl, context.shim
        self.same, self.check, self.skip = checks.same, checks.check, checks.skip
        self.program, self.strict, self.deadline = context.program, context.strict, context.deadline
        self._checks, self._notes = checks, checks.notes
        self._started = []

    def note(self, text):
        """A line that is shown whether or not something failed."""
        self._notes.append(text)

    def path(self, *parts):
        """A path in the test's own folder, which goes with it."""
        return os.path.join(self.work, *parts)

    def write(self, name, text):
        """A file in the test's own folder."""
        with open(self.path(name), "w", encoding="utf-8") as file:
            file.write(text)
        return self.path(name)

    def read(self, name):
        """A file of the test's own folder, or an absolute path; empty where there is none."""
        try:
            return process.text_of(self.path(name))
        except OSError:
            return ""

    def run(self, command, stdin=None, cwd=ROOT, name="run", deadline=None, **env):
        """The command by itself; more words are its environment.  A Result."""
        return process.run(command, environment(**env), self.work, deadline or self.deadline, stdin, cwd,
                           name)

    def preloaded(self, command, data="bare", **more):
        """The command with the library preloaded, its recordings in the folder `data` of ours."""
        env = {"LD_PRELOAD": self.shim, "SNARL_OUTPUT": self.path(data), "SNARL_COMMAND": self.snarl}
        return self.run(command, **{**env, **more})

    def run_snarl(self, command, data="run", options=(), **more):
        """The command under `snarl run`, its recordings in the folder `data` of ours."""
        return self.run([self.snarl, "run", "-o", self.path(data), *options, "--", *command], **more)

    def report(self, data="run", **more):
        """The report on the recordings in a folder, as objects; None where there is none."""
        return self._load(self.run([self.snarl, "report", "-f", "json", self.path(data)], name="json", **more).out)

    def kept(self, data="run"):
        """The report that `snarl run` left in the folder, as objects."""
        return self._load(self.read(os.path.join(data, "report.json")))

    def _load(self, text):
        found = report.load(text)
        if found is not None:
            formats.check_report(self._checks, "JSON", found, self.strict)
        return found

    def start(self, command, out="started.out", err="started.err", cwd=ROOT, **env):
        """Starts the command and comes back; the test ends it.  What still runs at the test's end is killed."""
        with open(self.path(out), "wb") as o, open(self.path(err), "wb") as e:
            self._started.append(process.start(command, environment(**env), o, e, cwd=cwd))
        return self._started[-1]

    def end_started(self):
        """Kills what the test has started and left running."""
        for started in self._started:
            process.kill(started)

    def compile(self, name, source, *flags):
        """Compiles a source (a path, or the text of a C program) to a program of that name in the test's own
        folder; a check that fails when the compiler does."""
        if "\n" in source:
            source = self.write(name + ".c", source)
        compiler = os.environ.get("CXX", "g++") if source.endswith(".cc") else os.environ.get("CC", "gcc")
        result = subprocess.run([*compiler.split(), "-g", "-O1", "-o", self.path(name), source, *flags],
                                cwd=ROOT, capture_output=True, text=True, check=False)
        self.check(f"{name} compiles", result.returncode == 0, result.stderr)
        return self.path(name)


def _load(path):
    spec = importlib.util.spec_from_file_location(os.path.basename(path)[:-3], os.path.join(ROOT, path))
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _job(context, base, function):
    def work(checks):
        with work_folder(base) as folder:
            script = Script(context, checks, folder)
            try:
                function(script)
            finally:
                script.end_started()

    name = base + ":" + function.__name__.removeprefix("test_")
    return Job(name, work, getattr(function, "alone", False))


def jobs(context, path):
    """The jobs of one script."""
    base = os.path.basename(path)[:-3]
    module = _load(path)
    tests = [f for n, f in vars(module).items() if n.startswith("test_") and callable(f)]
    return [_job(context, base, f) for f in tests]
