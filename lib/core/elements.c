/* elements: what an array's row says of its elements. */
#include "core/elements.h"

#include <string.h>

#include "base/num.h"

bool row_is_array(const struct job_row *row)
{
	return row->array_id != 0 && row->array_id == row->id;
}

bool row_is_element(const struct job_row *row)
{
	return row->array_id != 0 && row->array_id != row->id;
}

int64_t array_size(const struct job_row *row)
{
	struct ranges spec;
	int64_t n;

	if (!row_is_array(row) || row->array_spec == NULL ||
	    ranges_parse(&spec, row->array_spec, ARRAY_MAX, NULL) == -1)
		return 0;
	n = spec.count;
	ranges_release(&spec);
	return n;
}

int64_t array_last(const struct job_row *row)
{
	return row->id + array_size(row);
}

int64_t array_first_index(const struct job_row *row)
{
	struct ranges spec;
	int64_t first;

	if (row->array_spec == NULL || ranges_parse(&spec, row->array_spec, ARRAY_MAX, NULL) == -1)
		return -1;
	first = spec.list[0].first;
	ranges_release(&spec);
	return first;
}

static void parse_or_none(struct ranges *r, const char *text)
{
	if (text == NULL || ranges_parse(r, text, ARRAY_MAX, NULL) == -1)
		*r = (struct ranges){ .n = 0 };
}

void array_places_init(struct array_places *p, const struct job_row *array)
{
	p->array = array;
	parse_or_none(&p->spec, array->array_spec);
	parse_or_none(&p->never, array->array_never);
}

void array_places_release(struct array_places *p)
{
	ranges_release(&p->spec);
	ranges_release(&p->never);
}

/* What an element does not have from its array. */
static void own_columns(struct job_row *row)
{
	row->key = row->key_scope = row->spec_hash = NULL;
	row->dep_any = row->dep_hold = row->singleton = 0;
	row->launch = NULL;
	row->launch_size = 0;
	row->launch_hash = NULL;
	row->array_left = row->array_never = row->array_states = row->array_exits = NULL;
	row->array_fate = REASON_NONE;
	row->changed_by = row->changed_via = row->detail = NULL;
	row->started_at = row->scheduled_at = 0;
	row->exit_code = row->signal = -1;
}

int array_places_row(const struct array_places *p, int64_t place, struct job_row *row)
{
	const struct job_row *array = p->array;
	int64_t index = ranges_at(&p->spec, place);

	if (!row_is_array(array) || index == -1)
		return -1;
	*row = *array;
	own_columns(row);
	row->id = array->id + 1 + place;
	row->array_index = index;
	uuid_derive(&row->uuid, &array->uuid, (uint64_t)place, uuid_time(&array->uuid));
	if (ranges_place(&p->never, place) == -1) {
		row->status = JOB_QUEUED;	/* its array is so, too */
		return 0;
	}
	row->status = array->array_fate == REASON_DEADLINE ? JOB_FAILED : JOB_CANCELLED;
	row->reason = array->array_fate;
	if (row->completed_at == 0)
		row->completed_at = array->created_at;
	return 0;
}

int array_element_row(const struct job_row *array, int64_t id, struct job_row *row)
{
	struct array_places p;
	int r;

	array_places_init(&p, array);
	r = array_places_row(&p, id - array->id - 1, row);
	array_places_release(&p);
	return r;
}

int array_halt_parse(const char *text, bool *now, int64_t *failures)
{
	static const char soon[] = "soon,fail=", at_once[] = "now,fail=";

	*now = strncmp(text, at_once, sizeof(at_once) - 1) == 0;
	if (!*now && strncmp(text, soon, sizeof(soon) - 1) != 0)
		return -1;
	return num_i64(text + (*now ? sizeof(at_once) : sizeof(soon)) - 1, 1, ARRAY_MAX, failures,
	    NULL);
}
