#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# Bare preloads: what the shim prints itself where the command cannot be run, and what a crash leaves
# for `snarl report` to find.
. "${BASH_SOURCE%/*}/../e2e/lib.sh"

cat >"$WORK/order.c" <<'C'
#include <pthread.h>
#include <semaphore.h>
#include <stdlib.h>
static pthread_mutex_t a = PTHREAD_MUTEX_INITIALIZER, b = PTHREAD_MUTEX_INITIALIZER;
static sem_t first;
static void *forward(void *p)
{
	pthread_mutex_lock(&a);
	pthread_mutex_lock(&b);
	pthread_mutex_unlock(&b);
	pthread_mutex_unlock(&a);
	sem_post(&first);
	return p;
}
static void *backward(void *p)
{
	sem_wait(&first);
	pthread_mutex_lock(&b);
	pthread_mutex_lock(&a);
	pthread_mutex_unlock(&a);
	pthread_mutex_unlock(&b);
	return p;
}
int main(int argc, char **argv)
{
	pthread_t t[2];
	(void)argv;
	pthread_create(&t[0], NULL, forward, NULL);
	pthread_create(&t[1], NULL, backward, NULL);
	pthread_join(t[0], NULL);
	pthread_join(t[1], NULL);
	if (argc > 1)
		__builtin_trap();
	return 3;
}
C
gcc -g -O1 -o "$WORK/order" "$WORK/order.c" -lpthread
export TMPDIR=$WORK

bounded env SNARL_COMMAND=/nonexistent LD_PRELOAD="$SHIM" "$WORK/order" 2>"$WORK/err"
same "no command: status" 66 $?
check "no command: names the kind" grep -q 'lock-order-inversion (predicted)' "$WORK/err"
check "no command: stacks are module and offset" grep -Eq '#0 +.*/order\+0x[0-9a-f]+$' "$WORK/err"
check "no command: says where the recording is" grep -q "snarl report $WORK/snarl-" "$WORK/err"
rm -rf "$WORK"/snarl-*

bounded env LD_PRELOAD="$SHIM" "$WORK/order" 2>"$WORK/err"
same "bare: status" 66 $?
check "bare: names the function" grep -q backward "$WORK/err"
same "bare: nothing is left behind" "" "$(find "$WORK"/snarl-* -name '*.snarl')"

(ulimit -c 0; cd "$WORK" && bounded env LD_PRELOAD="$SHIM" "$WORK/order" crash 2>"$WORK/err")
(cd "$WORK" && "$SNARL" report >"$WORK/report" 2>&1)
same "crash: status of the report" 66 $?
check "crash: the report has the inversion" grep -q 'lock-order-inversion (predicted)' "$WORK/report"
