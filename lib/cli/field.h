/*
 * field: what -o and -S name: short names, and every column of the row's table.
 */
#ifndef CLI_FIELD_H
#define CLI_FIELD_H

#include "base/err.h"
#include "cli/list.h"
#include "cli/value.h"

struct json;

struct field {
	const char *name;	/* as in -o */
	const char *title;
	const char *column;	/* the column behind it, which it shows unless it has a text */
	int (*text)(const struct style *st, const void *row, struct buf *b);
	int64_t (*number)(const struct style *st, const void *row);	/* its order, or NULL */
	unsigned flags;
};

#define FIELD_RIGHT	0x1
#define FIELD_WIDE	0x2	/* words: may be cut on a terminal */
#define FIELD_SECONDS	0x4	/* number is ms, and seconds in JSON */
#define FIELD_INSTANT	0x8	/* number is ms since 1970 */

struct field_set {
	const struct table *table;
	const struct field *fields;	/* ended by name NULL; before the columns */
};

extern const struct field_set job_fields, worker_fields, account_fields, quota_fields, exec_fields;

/* Default lists for -o. */
#define JOB_FIELDS_SHORT "id,name,user,q,pri,st,time,limit,cpu,mem,where"
#define JOB_FIELDS_LONG "id,name,user,account,q,pri,st,state,reason,time,limit,cpu,mem,worker," \
	"submitted,started,ended,exit,try,command"
#define JOB_FIELDS_START "id,name,user,q,pri,limit,submitted,start,where"
#define JOB_FIELDS_TREE "name,user,st,time,where"
#define EXEC_FIELDS "exec,try,worker,state,reason,class,exit,started,ended,time,limits"
#define EXEC_FIELDS_LATE EXEC_FIELDS ",late"
#define EXEC_FIELDS_USAGE "exec,state,time,cpu,maxrss,out,err,limits"
#define WORKER_FIELDS "name,state,health,since,cpus,mem,disk,gpus,running,heard,rtt," \
	"clock,version,reason"
#define ACCOUNT_FIELDS "team,user,shares,used,boost"
#define QUOTA_FIELDS "kind,name,running,cpus,mem,disk,gpus,queued,rate,time"

struct pick {			/* a field, and the column behind it or NULL */
	const struct field *field;
	const struct column *column;
};

/* A list of fields that was chosen: titles and widths for a listing. */
struct chosen {
	const struct field_set *set;
	struct pick *fields;
	struct list_column *columns;
	size_t n;
};

/* Reads "id,name:20,time:<"; ERR_USAGE names the field that is none. */
int chosen_parse(const struct field_set *set, const char *list, struct chosen *c, struct err *e);
void chosen_release(struct chosen *c);

/* Appends what a field shows of a row. */
int pick_text(const struct pick *p, const struct style *st, const void *row, struct buf *b);

/* True when the list names this field of the set's own. */
bool chosen_has(const struct chosen *c, const char *name);

/* A row of a listing; the same as one JSON object, with columns under their own names. */
void chosen_row(const struct chosen *c, const struct style *st, const void *row, struct list *l);
void chosen_json(const struct chosen *c, const struct style *st, const void *row,
    struct json *j);

/* An order: "pri-,id".  At most ORDER_MAX keys. */
#define ORDER_MAX 8
struct order {
	const struct field_set *set;
	struct pick keys[ORDER_MAX];
	bool down[ORDER_MAX];
	size_t n;
};

int order_parse(const struct field_set *set, const char *list, struct order *o, struct err *e);

/* Sorts rows in place; rows that are equal in every key keep their places. */
void order_sort(const struct order *o, const struct style *st, const void **rows, size_t n);

#endif
