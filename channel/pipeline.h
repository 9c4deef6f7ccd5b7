/* SPDX-License-Identifier: Apache-2.0
 *
 * What a pipeline is, for the files that make and end it (pipeline.c) and do its work (stage.c)
 * only.  Stage i receives from channel i and sends to channel i + 1.  All handles together have one
 * reference, each task has one. */
#ifndef SN_CHANNEL_PIPELINE_H
#define SN_CHANNEL_PIPELINE_H

#include "channel/crew.h"
#include "channel/turns.h"
#include "channel/wait_group.h"

struct stage {
	struct snarl_stage is;
	struct snarl_pipeline *pipeline;
	struct snarl_channel *from;
	struct snarl_channel *to;
	uint32_t tasks; /* that have not left */
	struct sn_turns turns;
};

struct snarl_pipeline {
	uint32_t handles;
	uint32_t references;
	int error; /* set once */
	struct snarl_context *context;
	struct sn_wait_group tasks;
	struct snarl_channel *output;
	void (*discard)(void *item);
	size_t count;
	struct stage stages[];
};

/* Gives up a reference. */
void sn_pipeline_release(struct snarl_pipeline *p);

/* Ends it with this error, unless it has failed before. */
void sn_pipeline_fail(struct snarl_pipeline *p, int error);

/* Starts the tasks of a stage: 0 or a negative errno, and then some may run. */
int sn_stage_hire(struct stage *s);

/* The pipeline whose task the calling thread is, or NULL. */
struct snarl_pipeline *sn_stage_pipeline(void);

#endif
