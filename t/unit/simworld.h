/* simworld: what the files of the simulation offer each other. */
#ifndef T_UNIT_SIMWORLD_H
#define T_UNIT_SIMWORLD_H

#include "coresim.h"

uint64_t sim_rnd(struct sim *s, uint64_t below);
void sim_error(struct sim *s, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
struct event *sim_event(struct sim *s, enum event_type type);

void simclient_submit(struct sim *s);
void simclient_order(struct sim *s);
struct ev_control *simclient_control(struct sim *s, enum control_op op, int64_t first,
    int64_t last);
void simclient_send(struct sim *s);			/* what is not answered yet */
void simclient_reply(struct sim *s, const struct effect *f);

/* Jobs with a fate: their programs never end by themselves, or fail each time. */
bool sim_endless(int64_t job);

void watch_started(struct sim *s, int64_t job, int64_t execution);
void watch_answers(struct sim *s, const struct turn *t);	/* before its events are gone */
void watch_rows(struct sim *s, const struct turn *t);		/* when they are on disk */

void simworker_order(struct sim *s, const struct effect *f);	/* START, KILL, ACK: is sent */
void simworker_hear(struct sim *s, struct simworker *w);	/* one order arrives */
void simworker_progress(struct sim *s, struct simworker *w);	/* one of its executions */
void simworker_deliver(struct sim *s, struct simworker *w);	/* one of its news */
void simworker_cut(struct sim *s, struct simworker *w);
void simworker_attach(struct sim *s, struct simworker *w);
void simworker_forget(struct sim *s, struct simworker *w);	/* its journal is lost */

#endif
