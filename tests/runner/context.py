# SPDX-License-Identifier: Apache-2.0
"""What the jobs share: where things lie, what the machine is, what was asked for."""
import os
import shutil
import stat
import tempfile
from contextlib import contextmanager
from dataclasses import dataclass

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
RUN_SECONDS = 60  # how long one run of a program may take on a fast machine


@dataclass
class Context:
    """build: the build folder.  deadline: seconds for one run.  update: golden texts are written anew.
    strict: what is missing on the machine is a failure, not a skipped check."""
    build: str
    deadline: float
    update: bool
    strict: bool

    @property
    def snarl(self):
        return os.path.join(self.build, "snarl")

    @property
    def shim(self):
        return os.path.join(self.build, "libsnarl.so")

    def program(self, folder, name):
        """A program that make has built of tests/e2e/cases, tests/guest, …"""
        return os.path.join(self.build, "e2e", folder, name)


def environment(**more):
    """The environment of a program under test: ours, without what make left in it or would steer snarl."""
    env = {k: v for k, v in os.environ.items()
           if k not in ("MAKEFLAGS", "MAKELEVEL", "MFLAGS", "LD_PRELOAD") and not k.startswith("SNARL_")}
    env.update({k: str(v) for k, v in more.items()})
    return env


def _writable(path):
    for folder, _, _ in os.walk(path):
        os.chmod(folder, os.stat(folder).st_mode | stat.S_IRWXU)


@contextmanager
def work_folder(name):
    """A folder that goes with the job, whatever the programs under test did to its modes."""
    path = tempfile.mkdtemp(prefix=f"snarl-{name}-")
    try:
        yield path
    finally:
        _writable(path)
        shutil.rmtree(path, ignore_errors=True)
