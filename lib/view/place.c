/*
 * place: from the options of a program to an open spool.
 *
 * Owns the order configuration, spool, which all programs share.
 */
#include "view/place.h"

#include <stdlib.h>

int place_open(const char *spool, const char *config, struct spool *s, struct conf *c,
    struct err *e)
{
	struct conf own, *conf = c != NULL ? c : &own;
	char *path = NULL;
	int r;

	if (conf_load(config, conf, e) == -1)
		return -1;
	r = spool_locate(spool, conf->spool, &path, e);
	if (r == 0)
		r = spool_open(s, path, e);
	free(path);
	if (r == -1 || c == NULL)
		conf_free(conf);
	return r;
}
