/*
 * submit: the options of jobsub, and a SUBMIT message made of them.
 *
 * Each option is one row: its names, the message's field, the parser of its value,
 * what a second value means.  Values are collected with the place they came from;
 * a higher source replaces a lower one, within one source the last one counts,
 * and what may stand several times adds up.
 */
#ifndef CLI_SUBMIT_H
#define CLI_SUBMIT_H

#include "cli/cli.h"
#include "msg/msg.h"

enum submit_source {	/* lowest first */
	FROM_SYSTEM_FILE, FROM_USER_FILE, FROM_SCRIPT, FROM_ENVIRONMENT, FROM_COMMAND_LINE
};

/* Options that are for jobsub itself and not for the job. */
enum submit_tool {
	TOOL_NONE, TOOL_SCRIPT, TOOL_WRAP, TOOL_SPEC, TOOL_BULK, TOOL_ATOMIC, TOOL_WAIT,
	TOOL_TIMEOUT, TOOL_CANCEL_ON_INT, TOOL_PIPE, TOOL_PARSABLE, TOOL_JSON, TOOL_QUIET,
	TOOL_VERBOSE, TOOL_DRY_RUN, TOOL_TEST_ONLY, TOOL_SPOOL, TOOL_CONFIG, TOOL_BUILT_IN
};

struct zone;

struct submit_context {		/* what values are read against */
	int64_t now;		/* ms: where relative times begin */
	const struct zone *zone;	/* of local times; NULL: the process's own */
	const char *cwd;
	const char *const *environ_;	/* NULL-ended */
	/* Appends a whole file; for options that name one. */
	int (*file)(const char *path, struct buf *b, struct err *e);
};

struct submit_options;

struct submit_options *submit_options_new(void);
void submit_options_free(struct submit_options *o);

/* The rows, for struct program.  But on the command line, help and version are refused. */
const struct opt *submit_opts(enum submit_source source);

/* The message field that a row sets, by its id; MSG_FIELD_COUNT: it is none of the job's. */
enum msg_field submit_field(int id);

/*
 * What opts_parse calls back, with a struct submit_place as its ctx.  Values are
 * borrowed until the options are freed.  ERR_UNAVAIL: known, but not there yet.
 */
struct submit_place {
	struct submit_options *options;
	enum submit_source source;
};
int submit_take(void *place, int id, const char *value, struct err *e);

/*
 * Takes every JOBSUB_<OPTION>=VALUE of a NULL-ended environment; the words stay
 * borrowed.  A flag takes 1 or yes; with 0, no or nothing it is as if not set.
 */
int submit_environment(struct submit_options *o, const char *const *environ_, struct err *e);

/* The value that counts ("" for a flag); NULL: not given. */
const char *submit_tool(const struct submit_options *o, enum submit_tool tool);

/* The value of --tz that counts; NULL: not given. */
const char *submit_tz(const struct submit_options *o);

/* Whether the option of that name was given in this source or a higher one. */
bool submit_has(const struct submit_options *o, const char *name, enum submit_source lowest);

/*
 * A message of the request check begins with the field's name: puts the option that
 * sets it in that place.  For requests made of options, not of JSON.
 */
void submit_explain(struct err *e);

/*
 * Before that: such a message is a usage error if the option was given where options
 * are; what a file says wrong is data.
 */
void submit_blame(const struct submit_options *o, struct err *e);

/* Whether any option for the job itself was given in these sources. */
bool submit_for_job(const struct submit_options *o, enum submit_source lowest,
    enum submit_source highest);

/*
 * The value of the option of that name, read as jobsub reads it, into a message of
 * whatever type.  1: there is no such option, or it has no place in that message.
 */
int submit_assign(const char *option, const char *value, const struct submit_context *c,
    struct msg *m, struct err *e);

/* Adds the fields of all options for the job to m, which has none of them yet. */
int submit_message(const struct submit_options *o, const struct submit_context *c,
    struct msg *m, struct err *e);

/* The same of the options that came from these sources only. */
int submit_part(const struct submit_options *o, enum submit_source lowest,
    enum submit_source highest, const struct submit_context *c, struct msg *m, struct err *e);

/* Adds what a submission carries without being asked: name of the host, folder, umask. */
int submit_surroundings(const struct submit_context *c, const char *host, unsigned umask_,
    struct msg *m, struct err *e);

#endif
