/* SPDX-License-Identifier: Apache-2.0
 *
 * Foreign text (base/foreign.h) as a report shows it. */
#ifndef SN_REPORT_SHOWN_H
#define SN_REPORT_SHOWN_H

/* The text as it may be printed: itself, or an escaped copy that holds until seven more have been
 * made. */
const char *sn_shown(const char *text);

#endif
