/* SPDX-License-Identifier: Apache-2.0
 *
 * Functions of libraries that may come late, and into a scope of their own (a plug-in's), where
 * dlsym(RTLD_NEXT) does not see them.  dlsym also waits for the loader's lock, which a constructor
 * may hold for long, and leaves word for dlerror: here only the list of modules is locked. */
#ifndef SN_INTERPOSE_SYMBOL_H
#define SN_INTERPOSE_SYMBOL_H

/* The function of that name in the first module loaded after this library that defines it, whatever
 * its scope; NULL where there is none. */
void *sn_symbol_next(const char *name);

#endif
