/* SPDX-License-Identifier: Apache-2.0
 *
 * Foreign text (base/foreign.h) as a report shows it. */
#ifndef SN_REPORT_SHOWN_H
#define SN_REPORT_SHOWN_H

#include "base/foreign.h"

/* The text as it may be printed: itself, or an escaped copy that holds until seven more have been
 * made. */
const char *sn_shown(const char *text);

/* The same for another output than text. */
const char *sn_shown_as(const char *text, enum sn_output output);

#endif
