/*
 * place: what a job asks of workers beside numbers, and of the site: resources that
 * workers name, tokens, the type of gpus, which workers may run it.
 *
 * Promises that what stands in the row can be read back by whoever looks at it later:
 * lists by base/amounts.h, expressions by core/labels.h.
 */
#include <inttypes.h>
#include <string.h>

#include "base/amounts.h"
#include "base/text.h"
#include "core/labels.h"
#include "msg/setting.h"
#include "msg/submit.h"

#define AMOUNTS_MAX 64
#define TYPE_BYTES 64

/* All values of f as one list. */
static int amounts_read(const struct msg *m, enum msg_field f, const char **list,
    struct arena *a, struct err *e)
{
	size_t iter = 0, n;
	int64_t amount;
	struct buf all;
	const char *s;
	int r = 0;

	if (msg_count(m, f) > AMOUNTS_MAX)
		return err_set(e, ERR_DATA, "%s: more than %d", msg_field_name(f), AMOUNTS_MAX);
	buf_init(&all, AMOUNTS_MAX * (AMOUNT_NAME_MAX + 32));
	while (r == 0 && (s = msg_next(m, f, &iter)) != NULL) {
		if (amount_setting_parse(s, &n, &amount, e) == -1)
			r = err_prefix(e, "%s", msg_field_name(f));
		else if (submit_repeated(m, f, s, n + 1))
			r = err_set(e, ERR_DATA, "%s: %.*s is given twice", msg_field_name(f),
			    (int)n, s);
		else
			buf_addf(&all, "%s%.*s=%" PRId64, all.len > 0 ? "," : "", (int)n, s,
			    amount);
	}
	if (r == 0 && all.len > 0)
		*list = arena_strdup(a, all.data);
	buf_release(&all);
	return r;
}

static int text_read(const struct msg *m, enum msg_field f, const char **text,
    int (*valid)(const char *, struct err *), struct arena *a, struct err *e)
{
	const char *s = msg_str(m, f);

	if (s == NULL)
		return 0;
	if (valid(s, e) == -1)
		return err_prefix(e, "%s", msg_field_name(f));
	*text = arena_strdup(a, s);
	return 0;
}

static int type_valid(const char *s, struct err *e)
{
	if (name_valid(s, TYPE_BYTES))
		return 0;
	return err_set(e, ERR_DATA, "\"%.64s\" is no type of gpus", s);
}

int submit_place(const struct msg *m, const struct request_defaults *d, struct arena *a,
    struct job_row *row, struct err *e)
{
	row->prefer = arena_strdup(a, d->prefer);
	row->exclusive = msg_flag(m, F_EXCLUSIVE);
	if (msg_has(m, F_GPU_TYPE) && row->gpus == 0)
		return err_set(e, ERR_DATA, "gpu_type: there is no number of gpus");
	if (amounts_read(m, F_RES, &row->named, a, e) == -1 ||
	    amounts_read(m, F_LIMIT_TOKEN, &row->tokens, a, e) == -1 ||
	    text_read(m, F_GPU_TYPE, &row->gpu_type, type_valid, a, e) == -1 ||
	    text_read(m, F_CONSTRAINT, &row->constraints, label_expr_valid, a, e) == -1 ||
	    text_read(m, F_PREFER, &row->prefer, label_expr_valid, a, e) == -1)
		return -1;
	if (text_read(m, F_ON_WORKERS, &row->on_workers, name_list_valid, a, e) == -1)
		return -1;
	return text_read(m, F_NOT_WORKERS, &row->not_workers, name_list_valid, a, e);
}
