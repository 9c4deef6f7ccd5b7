/* SPDX-License-Identifier: Apache-2.0
 *
 * Asks the command of the run (base/word.h) for what the process may not do itself.  The command
 * answers at once or is gone; a time limit guards against one that was stopped.  Nothing is asked
 * from inside a sandbox, and nothing where the command is not who it was. */
#ifndef SN_INTERPOSE_ASK_H
#define SN_INTERPOSE_ASK_H

#include <stdint.h>
#include "base/word.h"

/* Takes in what SNARL_RUN says. */
void sn_ask_start(const struct sn_run_name *run);

/* A file for a recording of this process: its descriptor, its name in the run's folder; or a
 * negative errno. */
int sn_ask_file(char name[SN_WORD_NAME]);
/* That file is not wanted any more. 0 where it has been removed. */
int sn_ask_remove(const char *name, uint64_t dev, uint64_t ino);
/* The process records in memory. */
int sn_ask_alone(void);
/* It has told a finding that is to fail the run. 0: the command knows. */
int sn_ask_failed(void);

#endif
