/* SPDX-License-Identifier: Apache-2.0
 *
 * The names of snarl's own environment variables, from environment.def. */
#ifndef SN_BASE_ENVIRONMENT_H
#define SN_BASE_ENVIRONMENT_H

enum sn_environment {
#define SN_ENVIRONMENT(name, text) SN_ENV_##name,
#include "base/environment.def"
#undef SN_ENVIRONMENT
	SN_ENV_COUNT
};

/* Its name, for getenv and setenv; what it is for. Total: "" for what there is not. */
const char *sn_environment_name(enum sn_environment e);
const char *sn_environment_text(enum sn_environment e);

#endif
