/* SPDX-License-Identifier: Apache-2.0
 *
 * Names as the programmer wrote them, from the linker's. */
#ifndef SN_REPORT_DEMANGLE_H
#define SN_REPORT_DEMANGLE_H

/* The readable form of a linkage name: C++ by the C++ runtime, Rust's legacy scheme without its
 * hash, "" suffixes of the linker ("@@VERSION") dropped; any other name unchanged. The caller frees
 * it. Returns NULL only when out of memory. */
char *sn_demangle(const char *linkage_name);

/* The name without its parameter list: "ns::f(int) const" gives "ns::f". The caller frees it. */
char *sn_demangle_short(const char *name);

/* The name at no more than about `width` characters: template arguments, then parameters, are
 * replaced by "<...>" and "(...)". The caller frees it. */
char *sn_demangle_fit(const char *name, unsigned width);

#endif
