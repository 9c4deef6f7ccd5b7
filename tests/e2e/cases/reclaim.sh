# SPDX-License-Identifier: Apache-2.0
# A recording does not grow with the locks and threads that have come and gone, only with those that there are: ten times
# as many leave a file of the same size.
cat > "$WORK/reclaim.c" <<'C'
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

static pthread_mutex_t lasting = PTHREAD_MUTEX_INITIALIZER;

static void both(pthread_mutex_t *first, pthread_mutex_t *second)
{
	pthread_mutex_lock(first);
	pthread_mutex_lock(second);
	pthread_mutex_unlock(second);
	pthread_mutex_unlock(first);
}

static void *worker(void *object)
{
	both(&lasting, object);
	return NULL;
}

/* The objects of a round live together and die together. */
static void one_round(const char *how)
{
	pthread_mutex_t *objects[16];
	pthread_t thread;
	for (int i = 0; i < 16; i++) {
		objects[i] = malloc(sizeof *objects[i]);
		pthread_mutex_init(objects[i], NULL);
	}
	for (int i = 0; i < 16; i++) {
		if (!strcmp(how, "inner"))
			both(&lasting, objects[i]);
		else if (!strcmp(how, "outer"))
			both(objects[i], &lasting);
		else if (!strcmp(how, "chain") && i < 15)
			both(objects[i], objects[i + 1]);
	}
	if (!strcmp(how, "thread")) {
		pthread_create(&thread, NULL, worker, objects[0]);
		pthread_join(thread, NULL);
	}
	for (int i = 0; i < 16; i++) {
		if (strcmp(how, "undestroyed"))
			pthread_mutex_destroy(objects[i]);
		free(objects[i]);
	}
}

int main(int argc, char **argv)
{
	for (int i = argc > 2 ? atoi(argv[2]) : 0; i > 0; i--)
		one_round(argv[1]);
	return 0;
}
C
if "${CC:-gcc}" -O1 -g -o "$WORK/reclaim" "$WORK/reclaim.c" -lpthread; then
	for how in inner outer chain thread undestroyed; do
		for rounds in 500 5000; do
			run_snarl "$WORK/reclaim" $how $rounds >"$WORK/out" 2>&1 </dev/null
			same "reclaim $how $rounds status" 0 $?
			stat -c %s "$WORK"/run/*.snarl >"$WORK/size.$rounds"
		done
		same "reclaim $how: the recording does not grow" "$(cat "$WORK/size.500")" "$(cat "$WORK/size.5000")"
	done
else
	not_ok "reclaim builds"
fi
