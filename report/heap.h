/* SPDX-License-Identifier: Apache-2.0
 *
 * The detectors' working memory in the command: plain malloc. */
#ifndef SN_REPORT_HEAP_H
#define SN_REPORT_HEAP_H

#include "detect/detect.h"

struct sn_memory sn_heap_memory(void);

#endif
