# SPDX-License-Identifier: Apache-2.0
"""Running a command with a deadline, its output in files: a pipe would be held open by whatever the
command leaves behind."""
import os
import signal
import subprocess
import threading
from dataclasses import dataclass

_running = set()
_lock = threading.Lock()
_stopped = False


@dataclass
class Result:
    """How a command ended: status as a shell tells it (128 and the signal's number), 124 when late."""
    status: int
    out: str
    err: str


def as_shell(status):
    return status if status >= 0 else 128 - status


def text_of(path):
    with open(path, "rb") as file:
        return file.read().replace(b"\0", b"").decode("utf-8", "replace")


def _end(process):
    """Asks the command and what it started to end, and insists five seconds later."""
    for which in (signal.SIGTERM, signal.SIGKILL):
        try:
            os.killpg(process.pid, which)
        except ProcessLookupError:
            pass
        try:
            process.wait(5)
            return
        except subprocess.TimeoutExpired:
            continue
    process.wait()


def kill(process):
    """Kills a command with all of its group, unless it has ended."""
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def stop_all():
    """Kills what runs and lets nothing more be started: the suite is out of time."""
    global _stopped
    with _lock:
        _stopped = True
        for process in _running:
            try:
                os.killpg(process.pid, signal.SIGKILL)
            except ProcessLookupError:
                pass


def allow_all():
    """Undoes stop_all for the next suite."""
    global _stopped
    with _lock:
        _stopped = False


def start(command, env, out, err, stdin=subprocess.DEVNULL, cwd=None):
    """Starts the command in a process group of its own; who starts it waits for it."""
    return subprocess.Popen([str(c) for c in command], env=env, cwd=cwd, stdin=stdin, stdout=out,
                            stderr=err, process_group=0)


def run(command, env, work, deadline, stdin=None, cwd=None, name="run"):
    """Runs the command to its end or the deadline (seconds).  Its output lies in work/NAME.out and
    .err."""
    out_path, err_path = os.path.join(work, name + ".out"), os.path.join(work, name + ".err")
    with open(out_path, "wb") as out, open(err_path, "wb") as err:
        source = open(stdin, "rb") if stdin else subprocess.DEVNULL
        try:
            with _lock:
                if _stopped:
                    return Result(124, "", "not run: the suite is out of time\n")
                process = start(command, env, out, err, source, cwd)
                _running.add(process)
            try:
                status = as_shell(process.wait(deadline))
            except subprocess.TimeoutExpired:
                _end(process)
                status = 124
            finally:
                with _lock:
                    _running.discard(process)
        except FileNotFoundError as error:
            return Result(127, "", f"{error}\n")
        except PermissionError as error:
            return Result(126, "", f"{error}\n")
        finally:
            if stdin:
                source.close()
    return Result(status, text_of(out_path), text_of(err_path))
