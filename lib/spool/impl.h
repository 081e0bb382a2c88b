/*
 * impl: what the files of this folder share; others use spool/spool.h.
 *
 * The limits of incoming/ stand here.  They bound what one scan may take, not what
 * may wait: a request left while jobd was away is never refused for its number.
 */
#ifndef SPOOL_IMPL_H
#define SPOOL_IMPL_H

#include "spool/spool.h"

#define INCOMING_BLOCK_MAX (32u << 20)	/* bytes of one request */
#define INCOMING_OWNER_BYTES (32u << 20)	/* of one owner, a scan */
#define INCOMING_SCAN_BYTES (64u << 20)	/* of all owners, a scan */
#define INCOMING_OWNER_FILES 1000	/* of one owner, a scan */
#define INCOMING_NAMES_MAX 200000	/* entries looked at; beyond, order is not kept */
#define INCOMING_TEMP_AGE 3600		/* s after which what is no request goes */
#define INCOMING_TEMP_PREFIX "tmp."

#define SPOOL_DIR_SYSTEM 0711
#define SPOOL_DIR_PERSONAL 0700
#define SPOOL_INCOMING_SYSTEM 03733

/* The code for an errno: a full disk is ERR_AGAIN, a missing right ERR_PERM. */
enum err_code spool_code(int error, enum err_code other);

/* path made absolute, without blank parts at its end; the caller frees it. */
char *spool_absolute(const char *path, struct err *e);

/* A file system by its magic number of statfs(2): its name, or NULL when it is local. */
const char *spool_network_fs(unsigned long magic);

/*
 * incoming/, opened for reading where that is allowed, else O_PATH; its owner and
 * mode are checked.  *readable tells which, and may be NULL.
 */
int incoming_open(const struct spool *s, bool *readable, struct err *e);

#endif
