/*
 * change: the words `name=value` of jobctl set, as fields of a CONTROL message.
 *
 * A name is that of jobsub's option, and its value is written as there; some have a
 * shorter name, and some can be taken away with nothing (`deadline=`).
 */
#ifndef CLI_CHANGE_H
#define CLI_CHANGE_H

#include "cli/submit.h"

/* A word that changes something; other words with = in them are selectors. */
bool change_is(const char *word);

/* Adds what it says to m; -1: ERR_USAGE, naming what can be set. */
int change_take(const char *word, const struct submit_context *c, struct msg *m,
    struct err *e);

#endif
