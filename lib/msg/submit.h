/* submit: the parts of request_submit; others use msg/request.h. */
#ifndef MSG_SUBMIT_H
#define MSG_SUBMIT_H

#include "msg/request.h"

/*
 * What the worker needs: checks it, and sets launch, launch_size, launch_hash,
 * command, a default name, submit_host, submit_dir, stdout_path and stderr_path.
 */
int submit_launch(const struct msg *m, struct arena *a, struct job_row *row, struct err *e);

/* What only some jobs ask of their worker: checks it; the launch block carries it. */
int submit_extras(const struct msg *m, const struct job_row *row, struct err *e);

/* What it asks of workers beside numbers, and of the site. */
int submit_place(const struct msg *m, const struct request_defaults *d, struct arena *a,
    struct job_row *row, struct err *e);

/* Which jobs it makes, if it makes many. */
int submit_array(const struct msg *m, struct arena *a, struct job_row *row, struct err *e);

/* Whether a value of f before this one of its values begins with the same n bytes. */
bool submit_repeated(const struct msg *m, enum msg_field f, const char *s, size_t n);

/* The place of a word in a NULL-ended list; -1 with an error that names them all. */
int submit_word(enum msg_field f, const char *s, const char *const *words, struct err *e);

/* Sets deps, dep_any, dep_hold and singleton. */
int submit_deps(const struct msg *m, struct arena *a, struct job_request *req, struct err *e);

/* Sets spec_hash from what the other parts have set. */
void submit_hash(const struct msg *m, struct arena *a, struct job_request *req);

#endif
