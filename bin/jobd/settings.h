/*
 * settings: what an administrator has said of queues and bounds beside job.conf.
 */
#ifndef JOBD_SETTINGS_H
#define JOBD_SETTINGS_H

#include "client.h"
#include "conf/section.h"

int settings_start(struct jobd *d, struct err *e);
void settings_free(struct jobd *d);
void settings_reload(struct jobd *d);		/* job.conf may say something else now */

/* Both together; before _start job.conf alone.  A queue of theirs, or NULL. */
const struct sections *settings_in_force(const struct jobd *d);
const struct queue_conf *queue_in_force(const struct jobd *d, const char *name);

void setting_request(struct client *c, const struct msg *m);	/* MSG_SETTING */

#endif
