#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# `make lint`: clang-format, clang-tidy (.clang-tidy says which checks) and cppcheck over our own C
# sources.  Prints what each objects to; status 1 when any does.  A tool that is missing is told, and
# is a failure only with CI set.
set -u
cd "$(dirname "$0")/.." || exit
folders=(include base graph detect interpose outside race report cli channel tests bench examples)
present=()
for folder in "${folders[@]}"; do
	[[ -d $folder ]] && present+=("$folder")
done
mapfile -t sources < <(find "${present[@]}" -name '*.c' | sort)
mapfile -t headers < <(find "${present[@]}" -name '*.h' | sort)
mapfile -t own < <(printf '%s\n' "${sources[@]}" | grep -E '^(base|graph|detect|interpose|outside|race|report|cli|channel)/')
status=0

# Runs "$@" as the step named by its program, if that is installed.
step() {
	if ! command -v "$1" > /dev/null; then
		echo "lint: $1 is not installed (scripts/setup all)"
		[[ -z ${CI:-} ]] || status=1
		return
	fi
	echo "lint: $1"
	"$@" || status=1
}

tidy() {
	printf '%s\n' "${own[@]}" | xargs -P "$(nproc)" -n 1 sh -c \
		'clang-tidy --quiet --warnings-as-errors="*" "$1" -- \
			-std=gnu17 -D_GNU_SOURCE -I. -Iinclude 2> /dev/null' sh
}

step clang-format --dry-run -Werror "${sources[@]}" "${headers[@]}"
if command -v clang-tidy > /dev/null; then
	echo "lint: clang-tidy"
	tidy || status=1
else
	step clang-tidy
fi
# Left out: what it cannot see through, namely X-macro lists; uninitvar and objectIndex, which it says of
# arrays filled in a loop or reached by a pointer, and clang-analyzer judges better; and
# shiftTooManyBitsSigned, since gcc and clang define what the standard leaves open.
step cppcheck --quiet --error-exitcode=1 --std=c11 --inline-suppr -j "$(nproc)" -D_GNU_SOURCE \
	-D__x86_64__ -I. -Iinclude --enable=warning,performance,portability \
	--suppress=missingIncludeSystem --suppress=unknownMacro --suppress=preprocessorErrorDirective \
	'--suppress=syntaxError:*.def' --suppress=uninitvar --suppress=legacyUninitvar \
	--suppress=objectIndex --suppress=shiftTooManyBitsSigned "${own[@]}"
((status == 0)) && echo "lint: clean"
exit "$status"
