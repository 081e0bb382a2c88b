/*
 * submit: the options of jobsub, and a SUBMIT message made of them.
 *
 * Each option is one row: its names, the message's field, the parser of its value,
 * what a second value means.  Values are collected with the place they came from;
 * a higher source replaces a lower one, within one source the last one counts,
 * and what may stand several times adds up.  A further source (environment, files)
 * is a further value of enum submit_source and a caller of submit_take.
 */
#ifndef CLI_SUBMIT_H
#define CLI_SUBMIT_H

#include "cli/cli.h"
#include "msg/msg.h"

enum submit_source { FROM_SCRIPT, FROM_COMMAND_LINE };	/* lowest first */

/* Options that are for jobsub itself and not for the job. */
enum submit_tool {
	TOOL_NONE, TOOL_SCRIPT, TOOL_WRAP, TOOL_SPEC, TOOL_BULK, TOOL_ATOMIC, TOOL_WAIT,
	TOOL_TIMEOUT, TOOL_CANCEL_ON_INT, TOOL_PARSABLE, TOOL_JSON, TOOL_QUIET, TOOL_VERBOSE,
	TOOL_DRY_RUN, TOOL_SPOOL, TOOL_CONFIG, TOOL_BUILT_IN
};

struct submit_context {		/* what values are read against */
	int64_t now;		/* ms: where relative times begin */
	const char *cwd;
	const char *const *environ_;	/* NULL-ended */
};

struct submit_options;

struct submit_options *submit_options_new(void);
void submit_options_free(struct submit_options *o);

/* The rows, for struct program.  In a script, help and version are refused. */
const struct opt *submit_opts(enum submit_source source);

/*
 * What opts_parse calls back, with a struct submit_place as its ctx.  Values are
 * borrowed until the options are freed.  ERR_UNAVAIL: known, but not there yet.
 */
struct submit_place {
	struct submit_options *options;
	enum submit_source source;
};
int submit_take(void *place, int id, const char *value, struct err *e);

/* The value that counts ("" for a flag); NULL: not given. */
const char *submit_tool(const struct submit_options *o, enum submit_tool tool);

/*
 * A message of the request check begins with the field's name: puts the option that
 * sets it in that place.  For requests made of options, not of JSON.
 */
void submit_explain(struct err *e);

/* Whether any option for the job itself was given. */
bool submit_for_job(const struct submit_options *o);

/* Adds the fields of all options for the job to m, which has none of them yet. */
int submit_message(const struct submit_options *o, const struct submit_context *c,
    struct msg *m, struct err *e);

/* Adds what a submission carries without being asked: name of the host, folder, umask. */
int submit_surroundings(const struct submit_context *c, const char *host, unsigned umask_,
    struct msg *m, struct err *e);

#endif
