# SPDX-License-Identifier: Apache-2.0
# A program whose segments have gaps between them: the loader then names only the one around an address, and
# the unwind information lies in another. Its stacks must be whole and its locks named all the same.
cat >"$WORK/gapped.c" <<'C'
#include <pthread.h>
static pthread_mutex_t gapped_lock = PTHREAD_MUTEX_INITIALIZER;
__attribute__((noinline)) static int inner(void)
{
	int result = pthread_mutex_unlock(&gapped_lock);
	__asm__ volatile("");
	return result;
}
__attribute__((noinline)) static int outer(void)
{
	int result = inner();
	__asm__ volatile("");
	return result;
}
int main(void)
{
	return outer();
}
C
gcc -g -O1 -Wl,-z,separate-code,-z,max-page-size=0x200000 -o "$WORK/gapped" "$WORK/gapped.c" -lpthread
run_snarl "$WORK/gapped" >"$WORK/out" 2>"$WORK/err"
same "gapped program: status" 66 $?
check "gapped program: the stack is whole" test "$(grep -Ec ' (inner|outer|main) ' "$WORK/err")" -ge 3
check "gapped program: the lock is named" grep -q gapped_lock "$WORK/err"
