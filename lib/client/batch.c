/*
 * batch: several submissions that are accepted together or not at all.
 *
 * They are not left in the spool when jobd is away: files there are taken one by
 * one, each by itself.
 */
#include <stdlib.h>
#include <string.h>

#include "base/num.h"
#include "client/impl.h"

#define BATCH_BYTES (64u << 20)

static int block_add(struct client *c, struct msg *m, struct buf *blocks, uint64_t *seq,
    struct err *e)
{
	struct buf block;
	int r;

	if (client_block(c, m, &block, seq, e) == -1)
		return -1;
	r = buf_add(blocks, block.data, block.len);
	buf_release(&block);
	return r == -1 ? err_set(e, ERR_DATA, "the batch is larger than %u bytes", BATCH_BYTES) : 0;
}

static int blocks_make(struct client *c, struct msg *const *submits, size_t n,
    struct buf *blocks, uint64_t *seq, struct err *e)
{
	struct msg *head = msg_new(MSG_BATCH);
	uint64_t own;
	int r;

	msg_add_u64(head, F_COUNT, n);
	r = block_add(c, head, blocks, seq, e);
	msg_free(head);
	for (size_t i = 0; r == 0 && i < n; i++)
		r = block_add(c, submits[i], blocks, &own, e);
	return r;
}

/* "ID 0 text" of one entry. */
static int result_take(const char *line, size_t i, struct client_result *r, struct err *e)
{
	struct client_item item;
	char id[24] = "";
	uint64_t job;

	if (line == NULL || client_item(line, &item) == -1 || item.name_len >= sizeof(id))
		return err_set(e, ERR_UNAVAIL, "jobd did not answer for entry %zu", i + 1);
	if (item.code != ERR_NONE)
		return err_set(e, (enum err_code)item.code, "entry %zu: %s", i + 1, item.text);
	memcpy(id, item.name, item.name_len);
	if (num_u64(id, 1, INT64_MAX, &job, NULL) == -1)
		return err_set(e, ERR_UNAVAIL, "jobd gave entry %zu no number", i + 1);
	r->job = (int64_t)job;
	r->outcome = strcmp(item.text, "duplicate") == 0 ? CLIENT_DUPLICATE : CLIENT_ACCEPTED;
	return 0;
}

int client_submit_batch(struct client *c, struct msg *const *submits, size_t n,
    struct client_result *results, struct err *e)
{
	struct msg *reply = NULL;
	struct buf blocks;
	size_t iter = 0;
	uint64_t seq;
	int r;

	if (n == 0 || n > CLIENT_BATCH_MAX)
		return err_set(e, ERR_DATA, "%zu entries: all or nothing goes with 1 to %d", n,
		    CLIENT_BATCH_MAX);
	memset(results, 0, n * sizeof(*results));
	buf_init(&blocks, BATCH_BYTES);
	r = blocks_make(c, submits, n, &blocks, &seq, e);
	if (r == 0)
		r = client_exchange(c, &blocks, seq, &reply, e);
	for (size_t i = 0; r == 0 && i < n; i++) {
		msg_uuid(submits[i], F_UUID, &results[i].uuid);
		r = result_take(msg_next(reply, F_RESULT, &iter), i, &results[i], e);
	}
	msg_free(reply);
	buf_release(&blocks);
	return r;
}
