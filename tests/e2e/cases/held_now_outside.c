/* SPDX-License-Identifier: Apache-2.0
 *
 * The same of locks whose waiters a process does not look for itself, but `snarl run` does.
 */
// cflags: -I.
// mode: run
// variants: timed spin preferred-writer robust lending
// options: held_ms=100
// expect: blocking-under-lock suspect
// json: .findings[0].stacks | map(.role) == ["holds", "blocked", "waits"]
// json: .findings[0].stacks[0].frames[0].function == "take"
// json: .findings[0].stacks[1].running and any(.findings[0].stacks[1].frames[]; .function ==
// "compute") text: was here at that moment
#include "held_now.c"
