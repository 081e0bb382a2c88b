/*
 * manifest: what a backup holds, as one file in it that a person can read.
 *
 *	job-backup 1
 *	instance UUID, epoch N, next_id N, made MS	one line each
 *	file SHA256 SIZE MTIME PATH			for each file, sorted
 *	sum SHA256					of all that stands before
 *
 * MTIME, in ms, is that of the file in the spool when it was copied.
 */
#ifndef SPOOL_MANIFEST_H
#define SPOOL_MANIFEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/hash.h"
#include "base/uuid.h"

#define MANIFEST_NAME "MANIFEST"

struct manifest_file {
	char *path;			/* below the spool, and below the backup */
	uint64_t size;			/* of the copy */
	int64_t mtime;
	char hash[SHA256_HEX];		/* of the copy */
};

struct manifest {			/* starts zeroed */
	struct uuid instance;
	int64_t epoch, next_id, made;
	struct manifest_file *files;
	size_t n;
};

/* 1 read, 0 there is none, -1: ERR_DATA it is damaged or none of ours. */
int manifest_read(struct manifest *m, int dirfd, struct err *e);

/* Sorts the files and replaces the one that is there, durably. */
int manifest_write(struct manifest *m, int dirfd, struct err *e);
void manifest_release(struct manifest *m);

/* Adds a file; the strings are copied.  No path may be added twice. */
void manifest_add(struct manifest *m, const struct manifest_file *f);

/* In one that was read; NULL: it is not there. */
const struct manifest_file *manifest_find(const struct manifest *m, const char *path);

/* Holds every file against it: fn gets a line for each that is not as it should be. */
void manifest_verify(const struct manifest *m, int dirfd,
    void (*fn)(void *arg, const char *finding), void *arg);

#endif
