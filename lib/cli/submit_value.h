/* submit_value: the parsers of jobsub's option values; submit.c has the rows. */
#ifndef CLI_SUBMIT_VALUE_H
#define CLI_SUBMIT_VALUE_H

#include <stdint.h>

#include "cli/submit.h"

struct submit_row;

/* Reads value and adds it to m; -1 with e. */
typedef int submit_value(const struct submit_row *r, const char *value,
    const struct submit_context *c, struct msg *m, struct err *e);

enum submit_more {	/* what a second value means */
	MORE_LAST,	/* it replaces the first */
	MORE_ADD,	/* both count, a lower source's too */
	MORE_SOURCE	/* both count, but of the highest source only */
};

enum submit_set { SET_NONE, SET_TAG, SET_ENV, SET_ENV_FILE };	/* what is collected by name */

struct submit_row {
	struct opt opt;			/* its id is the row's number, set at start */
	submit_value *parse;		/* NULL: a tool's, or not there yet */
	enum msg_field field;
	uint64_t max;			/* of a number */
	enum submit_more more;
	enum submit_tool tool;
	bool command_line;		/* makes no sense anywhere else */
	enum submit_set set;
};

submit_value value_text, value_flag, value_number, value_percent, value_cpus, value_size,
    value_gpus, value_rate, value_duration, value_instant, value_after, value_growth,
    value_folder, value_umask, value_signal, value_env_type, value_nice, value_bytes,
    value_token, value_every, value_array;

/* Adds a string to m, or says that it is too long for the field. */
int submit_put(struct msg *m, enum msg_field f, const char *value, struct err *e);

#endif
