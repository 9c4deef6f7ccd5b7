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
