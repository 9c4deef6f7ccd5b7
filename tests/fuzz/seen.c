/* SPDX-License-Identifier: Apache-2.0
 *
 * `make fuzz-seen`: libFuzzer over what a report does with the picture that is kept beside a
 * recording. */
#include "tests/unit/fuzz_maker.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	sn_fuzz_seen(bytes, size);
	return 0;
}
