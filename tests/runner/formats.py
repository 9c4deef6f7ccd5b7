# SPDX-License-Identifier: Apache-2.0
"""Reports in every format of report/formats.def, each looked at by something that is not ours: the renderer, the
validator or the schema of who reads it.  `objections` is what a test asks."""
import html.parser
import os
import re
import shutil
import subprocess

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))


def table():
    """The name and the file of each format."""
    with open(os.path.join(ROOT, "report", "formats.def"), encoding="utf-8") as file:
        return re.findall(r'^SN_FORMAT\(\w+, "(\w+)", "([\w.]+)"', file.read(), re.M)


def _filter(command, text):
    result = subprocess.run(command, input=text.encode(), capture_output=True, check=False)
    return result.returncode, result.stdout.decode("utf-8", "replace"), result.stderr.decode("utf-8", "replace")


def _gcc(text):
    line = re.compile(r"(?:snarl|.+?:\d+(?::\d+)?): (?:error|warning|note): .+")
    return [repr(found) for found in text.split("\n")[:-1] if not line.fullmatch(found)]


def github(line):
    """The command as the runner of GitHub Actions reads it: its name, properties and message."""
    command, properties, message = re.fullmatch("::(\\w+) (.*?)::(.*)", line).groups()
    codes = {"%3A": ":", "%2C": ",", "%0D": "\r", "%0A": "\n", "%25": "%"}

    def decoded(value, *known):
        left = re.sub("|".join(known), "", value)
        if re.search("[%\r\n]", left):
            raise ValueError(f"not escaped: {value!r}")
        return re.sub("|".join(known), lambda m: codes[m.group()], value)

    pairs = (p.split("=", 1) for p in properties.split(","))
    return command, {k: decoded(v, *codes) for k, v in pairs}, decoded(message, "%0D", "%0A", "%25")


def _github(text):
    wrong = []
    for line in text.split("\n")[:-1]:
        try:
            command, properties, message = github(line)
        except (AttributeError, ValueError) as error:
            wrong.append(f"{line!r}: {error}")
            continue
        if command not in ("error", "warning", "notice") or not message or "title" not in properties or \
                not set(properties) <= {"file", "line", "col", "title"}:
            wrong.append(f"{command} {properties} {message!r}")
    return wrong


class _Tags(html.parser.HTMLParser):
    """The tags of a page, and whether they are nested."""
    EMPTY = {"meta", "link", "br", "input", "hr", "img"}

    def __init__(self, text):
        super().__init__()
        self.seen, self.open, self.wrong = set(), [], []
        self.feed(text)
        self.close()
        self.wrong += [f"<{tag}> is not closed" for tag in self.open]

    def handle_starttag(self, tag, attrs):
        self.seen.add(tag)
        if tag not in self.EMPTY:
            self.open.append(tag)

    def handle_endtag(self, tag):
        if not self.open or self.open.pop() != tag:
            self.wrong.append(f"</{tag}> at {self.getpos()}")


def _markdown(text):
    """By GitHub's own renderer: no tag that is not the report's, and four cells in each row."""
    status, page, error = _filter(["cmark-gfm", "--unsafe", "-e", "table", "-e", "strikethrough", "-e", "autolink"], text)
    tags = _Tags(page)
    ours = set("h3 table thead tbody tr th td code strong details summary b p pre sub".split())
    cells = [row.count("<td>") for row in page.split("<tr>")[2:]]
    return ([error] if status else []) + tags.wrong + sorted(tags.seen - ours) + \
        [f"a row of {n} cells" for n in cells if n != 4]


# Format: the program that it takes, and what asks it.
VALIDATORS = {
    "gcc": (None, _gcc),
    "github": (None, _github),
    "markdown": ("cmark-gfm", _markdown),
}


def objections(t, name, text):
    """What is wrong with the report in that format; a check that is skipped where the program is missing."""
    tool, validate = VALIDATORS.get(name, (None, lambda text: []))
    if tool and not shutil.which(tool):
        if t.strict:
            return [f"{tool} is missing: scripts/setup check installs it"]
        t.skip(f"{name}: there is no {tool}")
        return []
    return validate(text)
