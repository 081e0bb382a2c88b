/*
 * hosts: the workers file: which hosts a jobd has, and how each is reached.
 *
 * A line is a name and `key=value` words, cut as sh(1) cuts them; a comment begins
 * with `#`.  A name may hold one range, web[01-40]: that many hosts, and `%n` in a
 * value is the name of each, `%%` a per cent sign.  workers(5) has the keys.
 */
#ifndef CONF_HOSTS_H
#define CONF_HOSTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

#define HOSTS_SITE_FILE "/etc/job/workers"	/* of a system spool */
#define HOST_NAME_MAX_BYTES 63
#define HOSTS_MAX 100000
#define HOST_KEYS_MAX 24

enum host_transport { HOST_SSH, HOST_COMMAND };

struct host {
	char *name;
	int64_t transport;		/* enum host_transport */
	char *address, *user;		/* NULL: the name; who jobd is */
	char *identity, *known_hosts;	/* files; NULL: the usual ones */
	char *command;			/* HOST_COMMAND: for /bin/sh */
	char *dir;			/* the worker's own folder there; NULL: the usual one */
	char *region, *zone;
	char *labels;			/* a JSON object of strings, or NULL */
	int64_t port;
	int64_t compress;		/* what goes over the connection */
	int64_t cpus, memory, disk, gpus;	/* CONF_AUTO: what the host says it has */
	int64_t bandwidth;		/* Mbit/s */
	char *gpu_type, *resources;	/* resources: "fpga=2,nic=1"; or NULL */
	size_t line;			/* where it stands */
};

struct hosts {
	struct host *list;		/* in the order of their names */
	size_t n;
};

/*
 * Reads the file, or n bytes of text that are called `path` in errors.  h needs no
 * preparation.  A file that is not there names no hosts.  -1: ERR_CONFIG with
 * "file:line: text"; h is then empty.
 */
int hosts_load(const char *path, struct hosts *h, struct err *e);
int hosts_parse(const char *path, const char *text, size_t n, struct hosts *h, struct err *e);
void hosts_free(struct hosts *h);
const struct host *hosts_find(const struct hosts *h, const char *name);	/* or NULL */

const char *host_transport_name(const struct host *h);

/* The worker's folder there, for a spool of that number; lives until the next call. */
const char *host_dir(const struct host *h, const char *instance);

/* Whether a connection made for one would be the same for the other. */
bool host_same_way(const struct host *a, const struct host *b);

/* Whether they say the same in everything but their place in the file. */
bool host_equal(const struct host *a, const struct host *b);

#endif
