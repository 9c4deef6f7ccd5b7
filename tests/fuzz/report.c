/* SPDX-License-Identifier: Apache-2.0
 *
 * `make fuzz`: libFuzzer over all that `snarl report` and `snarl explain` do with a recording. What
 * it has found stays in tests/fuzz/corpus, which test_fuzz.c runs through. */
#include "tests/unit/fuzz_maker.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	sn_fuzz_report(bytes, size);
	return 0;
}
