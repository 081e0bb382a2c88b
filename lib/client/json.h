/*
 * json: a request as a JSON document (SPEC 1.7) made into a SUBMIT message.
 *
 * Names and types are checked here, an unknown field is an error that names the
 * nearest; ranges are request_submit's.  null is as good as absent.
 */
#ifndef CLIENT_JSON_H
#define CLIENT_JSON_H

#include "msg/msg.h"

struct graph;

#define JSON_REQUEST_MAX (64u << 20)

/*
 * now (ms) is what `timeout_seconds` counts from.  The job's UUID is `job_uuid`, or
 * a new one.  The caller frees *submit.  -1: ERR_DATA with the field in the text, or
 * ERR_UNAVAIL for one that is not there yet.
 */
int json_submit(const char *text, size_t n, int64_t now, struct msg **submit, struct err *e);

/* The same of one of several documents, which may name each other. */
int json_submit_in(struct graph *graph, const char *text, size_t n, int64_t now,
    struct msg **submit, struct err *e);

/*
 * The document that json_submit would make this message of, but for `job_uuid`, which
 * is left out: so it can be submitted more than once.  The caller frees the text.
 * NULL with ERR_DATA: it holds bytes that are no UTF-8, so no JSON can show it.
 */
char *json_request(const struct msg *submit, bool one_line, struct err *e);

#endif
