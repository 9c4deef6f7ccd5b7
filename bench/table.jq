# SPDX-License-Identifier: Apache-2.0
#
# The results of one part (a PART.json) as Markdown tables.
def cell: "| \(.) ";
def row: map(cell) | add + "|";
def table($head): [($head | row), ($head | map("---") | row)] + map(row) | .[];
def fixed($n): pow(10; $n) as $scale
	| if . == null then "" else (. * $scale | round / $scale) as $v
	| ($v | tostring) as $t
	| if $n == 0 or ($t | test("e")) then $t
	elif ($t | test("\\.")) then $t + "0" * ($n - ($t | split(".")[1] | length)) else $t + "." + "0" * $n end end;
def figure: if . == null then "" elif fabs >= 100 then fixed(0) elif fabs >= 10 then fixed(1)
	elif fabs >= 1 then fixed(2) else fixed(3) end;
def mib: if . == null then "" else . / 1024 | fixed(1) end;
def ratio: if .ratio == null then "" elif .ratio >= 20 then .ratio | fixed(0)
	else "\(.ratio | fixed(2)) (\(.ratio_low | fixed(2)) to \(.ratio_high | fixed(2)))" end;
def title: {bare: "bare", pass: "pass-through", full: "snarl", site: "`stacks=site`",
	reported: "with its report", helgrind: "Helgrind", drd: "DRD", tsan: "ThreadSanitizer"}[.] // .;
def order: ["bare", "pass", "full", "site", "reported", "helgrind", "drd", "tsan"];

def source: .machine | "\(.cpu), hypervisor \(.hypervisor // "not said"), \(.cores) cores, \(.memory), \(.system), \(.kernel), \(.libc), \(.compiler)"
	+ (if .valgrind == "" then "" else ", \(.valgrind)" end)
	+ "; load average \(.load.before) before, \(.load.after) after";
def origin: "`\(.command)`, \(.rounds) rounds; \(source).", "";

# Rows of a unit, ways side by side: what `show` makes of each.
def side_by_side($results; $unit; $head; $script; f; show):
	[$results[] | select(.unit == $unit)] as $mine
	| if $mine == [] then empty else
	([order[] | select(. as $w | any($mine[]; .ways[$w] != null))] - ["bare"]) as $ways
	| $mine | map(. as $r | [.case, (.ways.bare.median | f)] + [$ways[] | $r.ways[.] // {} | show]
		+ ["`\($script) \(.case)`"])
	| table([$head, "bare"] + ($ways | map(title)) + ["repeat with"]) end;

def pairs($unit; $head; f; show): "bench/\(.part).sh" as $script
	| side_by_side(.results; $unit; $head; $script; f; show);
def more_mib: if .more == null then "" else "\(if .more >= 0 then "+" else "" end)\(.more | mib)" end;

def micro: pairs("ns"; "case (ns an operation)"; figure; ratio);
def start: pairs("ms"; "start and end (ms)"; figure;
	if .more == null then "" else "\(if .more >= 0 then "+" else "" end)\(.more | fixed(2))" end);
def programs:
	pairs("cpu-s"; "CPU time (s)"; figure; ratio), "",
	pairs("wall-s"; "wall time (s)"; figure; ratio), "",
	pairs("KiB"; "most resident memory (MiB)"; mib; more_mib), "",
	([.results[] | select(.unit == "recording-KiB") | [.case, (.ways.full.median | mib), (.ways.full.high | mib)]]
	| table(["recording (MiB on disk)", "median", "most"]));
def peers: pairs("ns"; "case (ns an operation)"; figure; ratio), "",
	pairs("cpu-s"; "CPU time (s)"; figure; ratio), "",
	pairs("KiB"; "most resident memory (MiB)"; mib; more_mib);
def memory: [.results[] | ["\(.kind) (\(.counts | join(", ")))", (.recording_bytes | fixed(0)), (.resident_bytes | fixed(0)),
		([.tables[] | "\(.records | fixed(2)) \(.name) of \(.size)"] | join(", ")), "`bench/memory.sh \(.kind)`"]]
	| table(["one more (counts compared)", "bytes of recording", "bytes of resident memory, over bare", "records", "repeat with"]);
def growth: [.results[] | [.kind, .count, (.bare.first | figure), (.full.first | figure), (.bare.again | figure),
		(.full.again | figure), (.recording_bytes / 1024 | mib), (.report_seconds | if . == null then "" else figure end),
		(if .unrecorded == {} then "" else (.unrecorded | to_entries | map("\(.value) \(.key)") | join(", ")) end)]]
	| table(["kind", "count", "first use, bare (ns)", "snarl", "again, bare (ns)", "snarl", "recording (MiB)", "report (s)", "not recorded"]);
def long: [.results[] | (.samples | length) as $n | [.kind, .events, (.bare_ns | figure), (.full_ns | figure),
		(.samples[0].recording | mib), (.samples[$n / 2 | floor].recording | mib), (.samples[-1].recording | mib),
		(.samples[$n / 2 | floor].resident | mib), (.samples[-1].resident | mib),
		(if .unrecorded == {} then "" else (.unrecorded | to_entries | map("\(.value) \(.key)") | join(", ")) end),
		"`bench/long.sh \(.kind)`"]]
	| table(["kind", "events", "bare (ns each)", "snarl", "recording at first (MiB)", "at half", "at the end",
		"resident at half (MiB)", "at the end", "not recorded", "repeat with"]);
def one: if . == null then "" else (.ways.run | "\(.median | figure) (\(.low | figure) to \(.high | figure))") end;
def report: .results as $all
	| [$all[] | select(.unit == "s") | .case as $case | [$case, one,
		([$all[] | select(.case == $case and .unit == "KiB")][0].ways.run.median | mib)]] as $timed
	| ([$all[] | .case as $case | select(all($timed[]; .[0] != $case))
		| "\(.case): \(.ways.run.median | figure) \(.unit)"] | join("; ") + "."), "",
	($timed | table(["what", "seconds", "most resident memory (MiB)"]));

origin,
(if .part == "micro" then micro
elif .part == "start" then start
elif .part == "programs" then programs
elif .part == "peers" then peers
elif .part == "memory" then memory
elif .part == "growth" then growth
elif .part == "long" then long
elif .part == "report" then report
else error("no such part") end)
