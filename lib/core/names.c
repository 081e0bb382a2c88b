/*
 * names: finding live jobs by number, by uuid and by their owner's key.
 *
 * Uuids and keys are chosen by clients, who could choose them so that their hashes
 * meet; so an entry of a map is a chain of jobs, and the names themselves decide.
 * Of several jobs with one key the first of the chain has it.
 */
#include <stdlib.h>
#include <string.h>

#include "core/impl.h"

static struct job **by_uuid(struct job *j)
{
	return &j->uuid_next;
}

static struct job **by_key(struct job *j)
{
	return &j->key->next;
}

static void chain_add(struct map *m, uint64_t hash, struct job *j,
    struct job **(*next)(struct job *))
{
	*next(j) = map_get(m, hash);
	map_put(m, hash, j);
}

static void chain_drop(struct map *m, uint64_t hash, struct job *j,
    struct job **(*next)(struct job *))
{
	struct job *p = map_get(m, hash);

	if (p != j) {
		while (p != NULL && *next(p) != j)
			p = *next(p);
		if (p != NULL)
			*next(p) = *next(j);
	} else if (*next(j) != NULL)
		map_put(m, hash, *next(j));
	else
		map_del(m, hash);
}

uint64_t uuid_hash(const struct uuid *u)
{
	return hash64(0, u->b, sizeof(u->b));
}

uint64_t key_hash(int64_t uid, const char *key)
{
	return hash64(hash64(0, &uid, sizeof(uid)), key, strlen(key));
}

struct job *job_get(const struct core *c, int64_t id)
{
	return id <= 0 ? NULL : map_get(c->jobs, (uint64_t)id);
}

struct job *job_by_uuid(const struct core *c, const struct uuid *u)
{
	struct job *j = map_get(c->uuids, uuid_hash(u));

	while (j != NULL && !uuid_equal(&j->uuid, u))
		j = j->uuid_next;
	return j;
}

struct job *job_by_key(const struct core *c, int64_t uid, const char *key)
{
	struct job *j = map_get(c->keys, key_hash(uid, key));

	while (j != NULL && (j->owner->uid != uid || strcmp(j->key->key, key) != 0))
		j = j->key->next;
	return j;
}

bool job_key_in_force(const struct job *j)
{
	/* "window" runs for a day after the end; the core never holds a job that long */
	return !job_status_terminal(j->status) || strcmp(j->key->scope, "active") != 0;
}

void job_key_put(struct core *c, struct job *j)
{
	uint64_t hash = key_hash(j->owner->uid, j->key->key);

	chain_drop(c->keys, hash, j, by_key);
	chain_add(c->keys, hash, j, by_key);
}

static struct job_key *key_new(const struct job_row *row)
{
	struct job_key *k = xcalloc(1, sizeof(*k));

	k->key = xstrdup(row->key);
	k->scope = xstrdup(row->key_scope != NULL ? row->key_scope : "window");
	if (row->spec_hash != NULL)
		memcpy(k->hash, row->spec_hash, strnlen(row->spec_hash, SHA256_HEX - 1));
	return k;
}

void names_add(struct core *c, struct job *j, const struct job_row *row)
{
	struct job *other;

	map_put(c->jobs, (uint64_t)j->id, j);
	chain_add(c->uuids, uuid_hash(&j->uuid), j, by_uuid);
	namesakes_add(c, j, row->name != NULL ? row->name : "");
	if (row->key == NULL)
		return;
	other = job_by_key(c, row->uid, row->key);
	j->key = key_new(row);
	job_key_put(c, j);
	if (other != NULL && other->id > j->id)		/* an old one that came back */
		job_key_put(c, other);
}

void names_drop(struct core *c, struct job *j)
{
	map_del(c->jobs, (uint64_t)j->id);
	chain_drop(c->uuids, uuid_hash(&j->uuid), j, by_uuid);
	namesakes_drop(c, j);
	if (j->key == NULL)
		return;
	chain_drop(c->keys, key_hash(j->owner->uid, j->key->key), j, by_key);
	free(j->key->key);
	free(j->key->scope);
	free(j->key);
}
