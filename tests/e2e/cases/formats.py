# SPDX-License-Identifier: Apache-2.0
"""Reports in all formats: of programs with findings of each family, of one without any, each looked at by what reads such
reports (tests/runner/formats.py)."""
import json
import os
import shutil

from runner import formats

NAMES = [name for name, _ in formats.table()]


def test_listed(t):
    for page in ("run", "report"):
        out = t.run([t.snarl, "help", page]).out
        for name in NAMES:
            t.check(f"help {page}: {name}", f"\n{'':24}{name} " in out, out)
    for words in (["report"], ["run"]):
        wrong = t.run([t.snarl, *words, "-f", "xml", "true"])
        t.same(f"{words}: an unknown one: status", 2, wrong.status)
        t.same(f"{words}: an unknown one", f"snarl: unknown format 'xml': give {', '.join(NAMES[:-1])} or {NAMES[-1]}: "
               f"see `snarl help {words[0]}`\n", wrong.err)
    wrong = t.run([t.snarl, "report", "-f", "text,json"])
    t.check("a report is one", wrong.status == 2 and "give one format" in wrong.err, wrong.err)


def test_written(t):
    """All at once, each into its file; and the same on standard output."""
    t.run_snarl([t.program("cases", "inversion_2"), "normal"], options=["--quiet", "-f", ",".join(NAMES[2:]), "-f", "json"])
    wanted = sorted(file for name, file in formats.table() if name != "text")
    t.same("files", wanted, sorted(f for f in os.listdir(t.path("run")) if f.startswith("report.")))
    for name, file in formats.table():
        if name not in ("text", "json", "sarif", "html"):  # who ran it knows more of its end
            t.same(name, t.read(os.path.join("run", file)), t.run([t.snarl, "report", "-f", name, t.path("run")]).out)


def valid(t, program, *arguments, path=None):
    t.run_snarl([path or t.program("cases", program), *arguments], options=["--quiet", "-f", ",".join(NAMES)], data=program)
    for name, file in formats.table():
        text = t.read(os.path.join(program, file))
        t.same(f"{program} {name}", [], formats.objections(t, name, text))
        t.check(f"{program} {name}: something is there", text or name in ("gcc", "github"), "nothing")


def test_of_inversion(t):
    valid(t, "inversion_2", "normal")


def test_of_deadlock(t):
    valid(t, "deadlock_3", "mtx")


def test_of_wakeup(t):
    valid(t, "lost_window", "signal")


def test_of_leaks(t):
    valid(t, "alive_at_end", "two")
    valid(t, "thread_leak", "piled")


RACE = """#include <pthread.h>
static struct { int count; } queue;
static void *work(void *p)
{
	queue.count++;
	return p;
}
int main(void)
{
	pthread_t a, b;
	pthread_create(&a, NULL, work, NULL);
	pthread_create(&b, NULL, work, NULL);
	pthread_join(a, NULL);
	pthread_join(b, NULL);
	return 0;
}
"""


def test_of_race(t):
    if "clang" in os.environ.get("CC", ""):
        t.skip("formats of a race: clang links its own runtime")
        return
    valid(t, "race", path=t.compile("racing", RACE, "-pthread", "-fsanitize=thread"))
    told = t.read("race/report.gcc").split("\n")
    t.check("both accesses are told", "queue.count" in told[0] and told[0].endswith(", confirmed, " + told[0][-13:]) and
            sum(": note: T" in line for line in told) == 2, told)


def test_of_channels(t):
    for name in ("channel_deadlock", "orphan_send", "double_close"):
        valid(t, name, path=t.program("channel", name))


def test_of_nothing(t):
    valid(t, "silent_joined")


SOURCE = """#include <pthread.h>
static pthread_mutex_t m = PTHREAD_MUTEX_INITIALIZER;
int main(void)
{
	pthread_mutex_unlock(&m);
	return 0;
}
"""


def test_places(t):
    """Names of files from the root of the source, whatever its name; elsewhere in full."""
    folder = t.path("a %b,c:d\u00e9")
    os.makedirs(os.path.join(folder, "src"))
    path = os.path.join(folder, "src", "it.c")
    with open(path, "w", encoding="utf-8") as file:
        file.write(SOURCE)
    program = t.compile("program", path)
    t.run_snarl([program], options=["-f", "json"])

    def told(name, root):
        return t.run([t.snarl, "report", "-f", name, "--source-root", root, t.path("run")], cwd=folder).out

    for root, file in ((t.work, "a %b,c:d\u00e9/src/it.c"), (os.path.join(folder, ".", "..", os.path.basename(folder)), "src/it.c"),
                       ("src", "it.c"), ("/usr", path)):
        t.check(f"gcc from {root}", told("gcc", root).startswith(f"{file}:5:2: error: "), told("gcc", root))
        command, properties, message = formats.github(told("github", root).split("\n", maxsplit=1)[0])
        t.same(f"github from {root}", ("error", {"file": file, "line": "5", "col": "2",
                                                 "title": "unlock-not-locked (confirmed)"}), (command, properties))
        t.check(f"github from {root}: lines", "\nfix: " in message, message)


def test_sarif_flows(t):
    """One for each thread, with the calls that lead to what it did."""
    t.run_snarl([t.program("cases", "inversion_2"), "normal"], options=["--quiet", "-f", "sarif"])
    result = json.loads(t.read("run/report.sarif"))["runs"][0]["results"][0]
    flows = result["codeFlows"][0]["threadFlows"]
    told = [[(s["location"]["logicalLocations"][0]["fullyQualifiedName"], s["nestingLevel"], s["importance"])
             for s in f["locations"]] for f in flows]
    t.same("flows", [[(name, 0, "unimportant"), ("lock_take", 1, "essential")] * 2 for name in ("forward", "backward")], told)
    t.same("level", "error", result["level"])


def test_junit_outcomes(t):
    """A finding that fails the run is a test that failed, another one was skipped, none is one that passed."""
    t.run_snarl([t.program("cases", "inversion_2"), "normal"], options=["--quiet", "-f", "json"])
    for verdict, outcome in (("predicted", "failure"), ("confirmed", "skipped")):
        out = t.run([t.snarl, "report", "-f", "junit", "--fail-on", verdict, t.path("run")]).out
        t.check(f"--fail-on {verdict}: {outcome}", out.count("<testcase") == 1 and f"<{outcome}" in out, out)
        t.same(f"--fail-on {verdict}: valid", [], formats.objections(t, "junit", out))
    t.run_snarl([t.program("cases", "silent_joined")], options=["--quiet", "-f", "junit"], data="none")
    t.check("none: one passed", 'tests="1" failures="0"' in t.read("none/report.xml"), t.read("none/report.xml"))


def test_validators_object(t):
    """Those who look at the reports see what is wrong with one."""
    t.run_snarl([t.program("cases", "inversion_2"), "normal"], options=["--quiet", "-f", ",".join(NAMES)])
    for name, before, after in (("json", '"role"', '"rule"'), ("json", '"how"', '"new"'), ("json", '"T2"', '"2"'),
                                ("gcc", ": note: ", ": "), ("github", "%0A", "\n"), ("github", ",line=", ",%="),
                                ("markdown", "**lock", "[a](b) **lock"), ("markdown", "</pre>", ""), ("markdown", "opposite", "<i>"),
                                ("sarif", '"startLine"', '"line"'), ("sarif", "](2)", "](9)"), ("sarif", '"ruleIndex": 0', '"ruleIndex": 1'),
                                ("junit", "</failure>", ""), ("junit", "<testcase ", "<case "), ("gitlab", '"begin"', '"start"'),
                                ("dot", "digraph", "graph"), ("html", "</section>", ""), ("html", "opposite", "<img src='x'>")):
        text = t.read(os.path.join("run", dict(formats.table())[name]))
        t.check(f"{name}: {before} is there", before in text, text)
        try:
            found = formats.objections(t, name, text.replace(before, after))
        except (KeyError, TypeError) as error:
            found = [repr(error)]
        t.check(f"{name} with {after} for {before}", found, "no objection")


ASK = """<script>
const out = [], form = document.forms[0], shown = document.getElementById("shown");
const ask = (name, value) => {
	form.elements[name].value = value;
	form.dispatchEvent(new Event("input"));
	out.push(`${name}=${value}: ${shown.textContent}`);
	form.elements[name].value = "";
};
ask("search", "");
ask("search", "opposite LOCKS");
ask("search", "no such words");
for (const name of ["verdict", "kind", "module", "thread"])
	for (const option of [...form.elements[name].options].slice(1))
		ask(name, option.value);
document.getElementById("close").click();
out.push(`open: ${document.querySelectorAll("article details[open]").length}`);
document.title = out.join(" | ");
</script></body>"""


def test_html_filters(t):
    """In a real browser, where there is one: what the filters offer and what they leave."""
    if not shutil.which("chromium"):
        t.skip("html: there is no chromium")
        return
    t.run_snarl([t.program("cases", "inversion_2"), "normal"], options=["--quiet", "-f", "html"])
    page = t.write("page.html", t.read("run/report.html").replace("</body>", ASK))
    result = t.run(["chromium", "--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={t.path('chromium')}", "--dump-dom",
                    "file://" + page], HOME=t.work)
    one = "1 of 1 findings"
    t.check("filters", f"<title>search=: {one} | search=opposite LOCKS: {one} | search=no such words: 0 of 1 findings | "
            f"verdict=predicted: {one} | kind=lock-order-inversion: {one} | module=inversion_2: {one} | thread=T2 (forward): {one} | "
            f"thread=T3 (backward): {one} | open: 0</title>" in result.out, result.out[:600] + result.err[-600:])


def test_dot_graphs(t):
    """Of an inversion the order of its locks, of a deadlock who waits for whom: a ring each."""
    for program, variant, nodes, edges in (("inversion_2", "normal", 2, 2), ("deadlock_3", "mtx", 6, 6)):
        t.run_snarl([t.program("cases", program), variant], options=["--quiet", "-f", "dot"], data=program)
        lines = t.read(program + "/report.dot").split("\n")
        found = {tuple(line.strip().split(" [")[0].split(" -> ")) for line in lines if " -> " in line}
        t.same(f"{program}: nodes and edges", (nodes, edges), (sum(" [shape=" in line for line in lines), len(found)))
        start, end = min(found)
        for _ in range(edges - 1):
            end = dict(found).get(end)
        t.same(f"{program}: a ring", start, end)


def test_levels(t):
    """What fails the run is an error, a suspect that does not is a note."""
    t.run_snarl([t.program("cases", "inversion_2"), "normal"], options=["--quiet", "-f", "json"])
    for verdict, level, command in (("predicted", "error", "::error "), ("suspect", "error", "::error "),
                                    ("confirmed", "warning", "::warning "), ("never", "warning", "::warning ")):
        for name, wanted in (("gcc", f": {level}: threads"), ("github", command)):
            out = t.run([t.snarl, "report", "-f", name, "--fail-on", verdict, t.path("run")]).out
            t.check(f"{name} with --fail-on {verdict}", wanted in out.split("\n")[0], out)
