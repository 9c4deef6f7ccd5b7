/* SPDX-License-Identifier: Apache-2.0
 *
 * Two locks of which the program says that threads cannot meet in taking them: their inversion is
 * ruled out with the program's reason; that of other locks is not. */
// variants: said other
// expect[said]: silent
// expect[other]: lock-order-inversion predicted
// json[said]: getattr(summary.refuted, "declared-ordered") == 1
#include "said.h"

static pthread_mutex_t third = PTHREAD_MUTEX_INITIALIZER;

int main(int argc, char **argv)
{
	int other = argc > 1 && !strcmp(argv[1], "other");
	snarl_ordered(&first, other ? &third : &second,
		      "the second thread starts when the first is done");
	invert();
	return 0;
}
