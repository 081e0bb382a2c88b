/* jobnotify: what the parts of the program share. */
#ifndef JOBNOTIFY_JOBNOTIFY_H
#define JOBNOTIFY_JOBNOTIFY_H

#include "base/alloc.h"
#include "base/buf.h"
#include "base/clock.h"
#include "msg/msg.h"

#define TEXT_MAX 16384

/* text.c: a NOTICE for people, in one line and in several; and for programs. */
void text_line(const struct msg *m, struct buf *out);
void text_lines(const struct msg *m, struct buf *out);
void text_json(const struct msg *m, struct buf *out);
int64_t text_number(const struct msg *m, enum msg_field f);	/* -1: there is none */

/* Each sends it to its receiver.  -1: it did not get through, and why. */
int mail_send(const struct msg *m, const char *sendmail, struct err *e);	/* mail.c */
int command_send(const struct msg *m, const char *sendmail, struct err *e);	/* command.c */

/* command.c: runs a program with this on its standard input; -1 unless it exits with 0. */
int program_feed(char *const *argv, const struct buf *in, struct err *e);

#endif
