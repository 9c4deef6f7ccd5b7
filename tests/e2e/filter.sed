# SPDX-License-Identifier: Apache-2.0
# What differs from run to run in a report, made the same: addresses, ids, process and thread ids,
# times, machine-dependent paths.
s/\x1b\[[0-9;]*m//g
s/0x[0-9a-f]\{1,16\}/0xX/g
s/\(+0x\)[0-9a-f]*/\1X/g
s/\b\(pid\|tid\|process\|PID\|TID\)\([ =:]*\)[0-9]\{1,7\}\b/\1\2X/g
s/==[0-9]\{1,7\}==/==X==/g
s/\b\(id\|ID\)\([ =:]*\)[0-9a-f]\{6,16\}\b/\1\2X/g
s/\[[0-9a-f]\{8,16\}\]/[X]/g
s/\b[0-9]\+\(\.[0-9]\+\)\? \?\(ns\|us\|µs\|ms\|s\|seconds\|second\)\b/X s/g
s,[^ (]*/\(tests/\|examples/\),\1,g
s,[^ (]*/e2e/,,g
s,\(\.\./\)*\(sysdeps\|nptl\|csu\|glibc[^ /]*\)/[^ ):]*:[0-9]*,libc source,g
s,`snarl report [^`]*`,`snarl report`,g
s,/usr/include/[^ :]*/\([^ :/]*\):[0-9:]*,\1,g
s,BuildId [0-9a-f]*,BuildId X,g
s/\b[0-9]\+ \(failed attempts\|broadcasts\|threads that were created\)/X \1/g
s/\(given to others\|woke threads\|and\) [0-9]\+ times/\1 X times/g
s/\b[0-9]\+ times in a row/X times in a row/g
s/this happened [0-9]\+ times/this happened X times/g
s/the last of [0-9]\+/the last of X/g
# Which of several equal workers it was.
s/\bT[0-9]\+ (take_jobs)/TX (take_jobs)/g
s/\bT[0-9]\+ 'mirror'/TX 'mirror'/g
# How often depends on the schedule.
/^ *seen [0-9]\+ times/d
# Whether the process ended itself or the command did depends on who fell asleep last.
/^snarl: .* was deadlocked and was killed$/d
