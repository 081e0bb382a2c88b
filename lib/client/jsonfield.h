/*
 * jsonfield: the fields of a request document, for the reader and the writer of it.
 *
 * A field is a row: where it stands, its name, its kind, and what it becomes.
 */
#ifndef CLIENT_JSONFIELD_H
#define CLIENT_JSONFIELD_H

#include <stddef.h>

#include "msg/msg.h"

enum json_kind {
	TEXT,		/* a string as it is */
	COUNT,		/* a whole number */
	INTEGER,	/* one that may be negative */
	CEILING,	/* a number, rounded up */
	MILLI,		/* thousandths */
	GB,		/* GiB here, MiB there */
	BYTES,		/* bytes, or a size as "512M" */
	SECONDS,	/* seconds (or "2h30m") here, ms there */
	FLAG, INSTANT,
	TIMEOUT,	/* seconds from now here, an instant there */
	SIGNAL, OCTAL,
	COMMAND,	/* a shell text, or the arguments */
	SCRIPT, WORDS,
	STRINGS,	/* an array of strings here, as many fields there */
	PAIRS,		/* an object of strings here, NAME=VALUE there */
	AMOUNTS,	/* the same of whole numbers */
	REF,		/* a name that other entries use; a UUID there */
	DEPENDENCIES, EMPTY, OBJECT
};

struct json_field {
	const char *in;		/* the object it stands in; "": the document */
	const char *name;
	enum json_kind kind;
	enum msg_field to;	/* of no meaning for OBJECT and EMPTY */
};

/* In the order in which they are written; an object before what stands in it. */
extern const struct json_field json_fields[];
extern const size_t json_fields_count;

#endif
