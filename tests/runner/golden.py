# SPDX-License-Identifier: Apache-2.0
"""Reports as texts that can be compared: what differs from run to run is made the same by one filter,
and the report in an example's comment is found and put there."""
import re
import textwrap

WIDTH = 92


# What differs from run to run, and what takes its place (None: the line goes), tried in this order.
_RULES = [(re.compile(pattern), instead) for pattern, instead in (
    (r"\x1b\[[0-9;]*m", ""),
    (r"0x[0-9a-f]{1,16}", "0xX"),
    (r"(\+0x)[0-9a-f]*", r"\1X"),
    (r"\b(pid|tid|process|PID|TID)([ =:]*)[0-9]{1,7}\b", r"\1\2X"),
    (r"==[0-9]{1,7}==", "==X=="),
    (r"\b(id|ID)([ =:]*)[0-9a-f]{6,16}\b", r"\1\2X"),
    (r"\[[0-9a-f]{8,16}\]", "[X]"),
    (r"\b[0-9]+(\.[0-9]+)? ?(ns|us|µs|ms|s|seconds|second)\b", "X s"),
    (r"[^ (]*/(tests/|examples/)", r"\1"),
    (r"[^ (]*/e2e/", ""),
    (r"(\.\./)*(sysdeps|nptl|csu|glibc[^ /]*)/[^ ):]*:[0-9]*", "libc source"),
    (r"`snarl report [^`]*`", "`snarl report`"),
    (r"/usr/include/[^ :]*/([^ :/]*):[0-9:]*", r"\1"),
    (r"BuildId [0-9a-f]*", "BuildId X"),
    (r"\b[0-9]+ (failed attempts|broadcasts|threads that were created)", r"X \1"),
    (r"(given to others|woke threads|and) [0-9]+ times", r"\1 X times"),
    (r"\b[0-9]+ times in a row", "X times in a row"),
    (r"this happened [0-9]+ times", "this happened X times"),
    (r"the last of [0-9]+", "the last of X"),
    # Which of several equal workers it was.
    (r"\bT[0-9]+ (\(take_jobs\))", r"TX \1"),
    (r"\bT[0-9]+ ('mirror')", r"TX \1"),
    # How often depends on the schedule.
    (r"^ *seen [0-9]+ times", None),
    # Whether the process ended itself or the command did depends on who fell asleep last.
    (r"^snarl: .* was deadlocked and was killed$", None),
)]


def filtered(text):
    """The report with addresses, numbers of processes and times masked."""
    lines = []
    for line in text.splitlines():
        for pattern, instead in _RULES:
            if instead is None:
                if pattern.search(line):
                    break
            else:
                line = pattern.sub(instead, line)
        else:
            lines.append(line)
    return "\n".join(lines)


def _wrap_line(line):
    indent = re.match(" *", line).end()
    out, deeper = [], " " * (indent + 4)
    while len(line) > WIDTH:
        cut = line.rfind(" ", indent + 4, WIDTH)
        cut = cut if cut > indent + 4 else WIDTH - 1
        out.append(line[:cut].rstrip())
        line = deeper + line[cut + 1:]
    return out + [line.rstrip()]


def wrapped(text):
    """Lines that fit into a comment; what goes on is indented deeper."""
    lines = [part for line in text.splitlines() for part in _wrap_line(line)]
    return "\n".join(lines).rstrip("\n")


_COMMENT = re.compile(r"(?ms)^ \* It reports:\n(.*?)^ \*/$")


def in_comment(source):
    """The report in an example's comment, between "It reports:" and the comment's end."""
    with open(source, encoding="utf-8") as file:
        match = _COMMENT.search(file.read())
    if not match:
        return ""
    lines = [re.sub(r"^ \*( {0,3})", "", line) for line in match.group(1).splitlines()]
    return "\n".join(lines).rstrip("\n")


def put_in_comment(source, report):
    """Writes the report into the comment."""
    with open(source, encoding="utf-8") as file:
        text = file.read()
    body = textwrap.indent(wrapped(report), " *   ", lambda line: True)
    body = "".join(line.rstrip() + "\n" for line in body.splitlines())
    new = _COMMENT.sub(lambda m: f" * It reports:\n{body} */", text, count=1)
    with open(source, "w", encoding="utf-8") as file:
        file.write(new)
