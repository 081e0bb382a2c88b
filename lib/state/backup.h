/*
 * backup: databases copied while they are in use, and a restored one made into a
 * spool's state again.
 */
#ifndef STATE_BACKUP_H
#define STATE_BACKUP_H

#include "base/uuid.h"
#include "spool/spool.h"

struct backup_mark {		/* of a state.db */
	struct uuid instance;
	int64_t epoch, next_id;
	bool restored;		/* and not accepted yet */
};

/*
 * A consistent copy of the database `name` of a folder, "state.db" or a day, as the
 * file `to`, which must not be there; whoever writes it meanwhile is not held up.
 */
int backup_copy(const char *dir, const char *name, const char *to, struct err *e);

/* What the copy of state.db says of itself; ERR_IO also when it is damaged. */
int backup_mark(const char *dir, struct backup_mark *mark, struct err *e);

/* A quick look into the copy of a day: -1 with what is wrong. */
int backup_check_day(const char *dir, const char *name, struct err *e);

struct restored {
	int64_t epoch, next_id;
	size_t ended;		/* jobs that had ended since, and stand in the history */
};

/*
 * For a state.db that was just put into the spool, whose lock the caller holds: the
 * epoch is raised beyond `seen` (the highest that is known from elsewhere), numbers
 * that were given out since are passed over, what the history knows better is left
 * to it, and until it is accepted nothing will be started.
 */
int restore_settle(const struct spool *s, int64_t seen, struct restored *out, struct err *e);

/* The same without jobd: takes it for good, with the epoch beyond `seen`. */
int restore_accept(const struct spool *s, int64_t seen, struct err *e);

/* Gives room of deleted rows back to the disk; the lock as above. */
int state_vacuum(const struct spool *s, struct err *e);

#endif
