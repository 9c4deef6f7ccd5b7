# SPDX-License-Identifier: Apache-2.0
#
# The goals, and what the results of micro, programs, start and memory (given in this order by
# jq -s, each or {}) say of them, as a Markdown table.
def ratio($c; $way): [.results[]? | select(.case == $c and .unit == "ns")][0].ways[$way].ratio;
def cpu($c): [.results[]? | select(.case == $c and .unit == "cpu-s")][0].ways.full.ratio;
def more($c; $unit): [.results[]? | select(.case == $c and .unit == $unit)][0].ways.full.more;
def bytes($k; $field): [.results[]? | select(.kind == $k)][0][$field];
def short: if . == null then null else . * 100 | round / 100 end;
def goal($text; $limit; $unit; $got): {$text, $limit, $unit, got: ($got | short)};

. as [$micro, $programs, $start, $memory]
| [
	(["lock-depth-8", 1.25], ["lock-depth-16", 1.4], ["nested-2", 1.25], ["nested-4", 1.25], ["nested-16", 1.25],
		["nested-4-depth-16", 1.4], ["rwlock-read", 1.25], ["rwlock-write", 1.25], ["recursive", 1.15],
		["cond-signal", 1.15], ["sem-post-wait", 1.15], ["contended-2", 1.1], ["create-join", 1.15]
		| goal(.[0]; .[1]; "times"; .[0] as $c | $micro | ratio($c; "full"))),
	(["lock-depth-8", 1.05], ["nested-4", 1.05]
		| goal("\(.[0]), `stacks=site`"; .[1]; "times"; .[0] as $c | $micro | ratio($c; "site"))),
	("memcached", "redis", "pigz", "xz", "zstd", "rocksdb", "mariadb"
		| . as $c | goal("\($c), CPU time"; 1.02; "times"; $programs | cpu($c))),
	("memcached", "redis", "pigz", "xz", "zstd", "rocksdb", "mariadb"
		| . as $c | goal("\($c), memory"; 8; "MiB more"; $programs | more($c; "KiB") | if . then . / 1024 else . end)),
	goal("/bin/true"; 3; "ms more"; $start | more("true"; "ms")),
	goal("a lock"; 128; "bytes"; $memory | bytes("lock"; "recording_bytes")),
	goal("a context"; 256; "bytes"; $memory | bytes("context"; "recording_bytes")),
	goal("a thread"; 64; "KiB"; $memory | bytes("thread"; "resident_bytes") | if . then . / 1024 else . end)
]
| "| goal | at most | measured | |", "| --- | --- | --- | --- |",
	(.[] | select(.got != null)
	| "| \(.text) | \(.limit) \(.unit) | \(.got) | \(if .got <= .limit then "reached" else "not reached" end) |")
