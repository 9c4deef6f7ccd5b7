/* SPDX-License-Identifier: Apache-2.0
 *
 * The same of locks whose waiters a process does not look for itself, but `snarl run` does.
 */
// cflags: -I.
// mode: run
// variants: timed spin preferred-writer robust lending
// options: held_ms=100
// expect: blocking-under-lock suspect
// json: roles(f) == ["holds", "blocked", "waits"]
// json: f.stacks[0].frames[0].function == "take"
// json: f.stacks[1].running
// json: any(x.function == "compute" for x in f.stacks[1].frames)
// text: was here at that moment
#include "held_now.c"
