# SPDX-License-Identifier: Apache-2.0
"""While a bare process makes its report at its end, its other threads do not go on."""
import os

# Stands in for the command: looks twice, some time apart, what the program has written.
LOOKS = """\
#!/bin/sh
first=$(stat -c %s "$LOOK_AT"); sleep 0.3; second=$(stat -c %s "$LOOK_AT")
echo "looked: $first $second" >&2
exit 0
"""


def test_others_are_stopped(t):
    if t.run(["sh", "-c", "grep -qs '[1-9]' /proc/sys/kernel/yama/ptrace_scope"]).status == 0:
        t.skip("threads are stopped at the end: ptrace of a parent is not allowed here")
        return
    command, file = t.path("looks"), t.path("written")
    with open(command, "w", encoding="utf-8") as f:
        f.write(LOOKS)
    os.chmod(command, 0o755)
    result = t.run([t.program("guest", "goes_on"), file], LD_PRELOAD=t.shim, SNARL_COMMAND=command, LOOK_AT=file,
                   SNARL_OUTPUT=t.path("bare"))
    t.same("stopped: status", 5, result.status)
    looked = result.err.split()
    t.check("stopped: the report was made", looked[:1] == ["looked:"], result.err)
    t.same("stopped: nothing is written meanwhile", looked[1:2], looked[2:3])
