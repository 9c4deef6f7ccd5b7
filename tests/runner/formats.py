# SPDX-License-Identifier: Apache-2.0
"""Reports in every format of report/formats.def, each looked at by something that is not ours: the renderer, the
validator or the schema of who reads it.  `objections` is what a test asks."""
import functools
import html.parser
import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))


# A Python of one's own need not know what the system's packages bring.
if not importlib.util.find_spec("jsonschema"):
    sys.path.append("/usr/lib/python3/dist-packages")


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
        self.wrong += [f"{key}={value!r} reaches out" for key, value in attrs
                       if key in ("src", "href", "action", "style") and not (value or "").startswith("#") or key.startswith("on")]
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


@functools.lru_cache
def _validator(name):
    with open(os.path.join(ROOT, name), encoding="utf-8") as file:
        schema = json.load(file)
    chosen = importlib.import_module("jsonschema").validators.validator_for(schema)
    chosen.check_schema(schema)
    return chosen(schema)


def _schema(name, found):
    """What the schema objects to."""
    return [f"{'/'.join(map(str, e.path))}: {e.message[:200]}" for e in _validator(name).iter_errors(found)]


def _json(text, check):
    try:
        return check(json.loads(text))
    except ValueError as error:
        return [str(error)]


URI = re.compile(r"(?:[\w.~/-]|%[0-9A-F]{2})+", re.ASCII)


def _locations(node):
    """All locations in a part of a SARIF log."""
    if isinstance(node, dict):
        if "physicalLocation" in node:
            yield node
        for value in node.values():
            yield from _locations(value)
    elif isinstance(node, list):
        for value in node:
            yield from _locations(value)


def _sarif_result(run, result):
    """What code scanning asks of a result beyond the schema."""
    wrong = []
    if run["tool"]["driver"]["rules"][result["ruleIndex"]]["id"] != result["ruleId"]:
        wrong.append("ruleIndex")
    if not re.fullmatch("[0-9a-f]{12}:1", result["partialFingerprints"]["primaryLocationLineHash"]):
        wrong.append("primaryLocationLineHash")
    if len(result["locations"]) != 1:
        wrong.append("locations")
    for place in _locations(result):
        artifact = place["physicalLocation"]["artifactLocation"]
        path = artifact["uri"] if "uriBaseId" in artifact else artifact["uri"].removeprefix("file://")
        if artifact.get("uriBaseId", "SRCROOT") != "SRCROOT" or path.startswith("/") == ("uriBaseId" in artifact) or \
                not URI.fullmatch(path):
            wrong.append(str(artifact))
    related = {place["id"] for place in result["relatedLocations"]}
    linked = {int(n) for n in re.findall(r"\[t?here\]\((\d+)\)", result["message"]["text"])}
    if related != linked or result["message"]["text"].count("](") != len(linked):
        wrong.append(f"links {linked} of {related}: {result['message']['text']}")
    for flow in (f for code in result.get("codeFlows", []) for f in code["threadFlows"]):
        if not any(step["importance"] == "essential" for step in flow["locations"]):
            wrong.append(f"nothing happens in {flow['id']}")
    return wrong


def check_report(checks, name, report, strict):
    """A check that a report, read from JSON, is as docs/report-json.md says; none where that cannot be tried."""
    if importlib.util.find_spec("jsonschema"):
        checks.same(f"{name} as snarl-report-1.schema.json says", [], _schema("docs/snarl-report-1.schema.json", report))
    elif strict:
        checks.check(f"{name}: jsonschema is there", False, "scripts/setup check installs it")


def _sarif(text):
    def check(log):
        wrong = _schema("tests/runner/schemas/sarif-2.1.0.json", log)
        run = log["runs"][0]
        rules = [rule for rule in run["tool"]["driver"]["rules"] if not rule["help"]["markdown"]]
        return wrong + rules + [w for result in run["results"] for w in _sarif_result(run, result)]

    return _json(text, check)


def _junit(text):
    schema = os.path.join(ROOT, "tests/runner/schemas/junit-jenkins.xsd")
    status, _, error = _filter(["xmllint", "--noout", "--nonet", "--schema", schema, "-"], text)
    if status:
        return [error]
    cases = {outcome: text.count(f"<{outcome}") for outcome in ("testcase", "failure", "skipped")}
    sums = {key: int(re.search(f' {key}="(\\d+)"', text)[1]) for key in ("tests", "failures", "skipped")}
    return [] if list(cases.values()) == list(sums.values()) else [f"{cases} {sums}"]


def _gitlab(text):
    """By what GitLab's manual asks of such a list; it publishes no schema."""
    def check(found):
        wrong = [] if isinstance(found, list) else ["no list"]
        for one in found:
            place = one["location"]
            if set(one) != {"description", "check_name", "fingerprint", "severity", "location"} or \
                    one["severity"] not in ("info", "minor", "major", "critical", "blocker") or not one["description"] or \
                    set(place) != {"path", "lines"} or place["path"].startswith("./") or place["lines"]["begin"] < 1:
                wrong.append(str(one))
        prints = [one["fingerprint"] for one in found]
        return wrong + ([] if len(set(prints)) == len(prints) else ["fingerprints"])

    return _json(text, check)


def _html(text):
    """The page is well nested, has no tag that is not its own, and needs nothing from elsewhere."""
    tags = _Tags(text)
    ours = set("html head meta title style script body a header div h1 h2 h3 button ul li b main form label input select option "
               "span article details summary br p dl dt dd section code pre i footer table thead tbody tr th td".split())
    return tags.wrong + sorted(tags.seen - ours) + \
        [word for word in ("http:", "https:", "url(", "@import") if word in text] + \
        [f"{n} of <script>" for n in [text.count("<script")] if n != 1]


def _dot(text):
    """Graphviz draws it, without a word; and as many boxes and edges as there are."""
    status, drawn, error = _filter(["dot", "-Tsvg"], text)
    edges = len(re.findall(r"^    f\w+ -> f", text, re.M))
    nodes = len(re.findall(r"^    f\w+ \[shape=", text, re.M))
    got = (drawn.count('class="node"'), drawn.count('class="edge"'))
    return ([error] if status or error else []) + ([] if got == (nodes, edges) else [f"{got} of {nodes}, {edges}"])


# Format: the program that it takes, and what asks it.
VALIDATORS = {
    "json": ("jsonschema", lambda text: _json(text, lambda report: _schema("docs/snarl-report-1.schema.json", report))),
    "gcc": (None, _gcc),
    "github": (None, _github),
    "markdown": ("cmark-gfm", _markdown),
    "sarif": ("jsonschema", _sarif),
    "junit": ("xmllint", _junit),
    "gitlab": (None, _gitlab),
    "html": (None, _html),
    "dot": ("dot", _dot),
}


def objections(t, name, text):
    """What is wrong with the report in that format; a check that is skipped where the program is missing."""
    tool, validate = VALIDATORS.get(name, (None, lambda text: []))
    if tool and not shutil.which(tool) and not importlib.util.find_spec(tool):
        if t.strict:
            return [f"{tool} is missing: scripts/setup check installs it"]
        t.skip(f"{name}: there is no {tool}")
        return []
    return validate(text)
