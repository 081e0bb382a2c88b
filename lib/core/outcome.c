/*
 * outcome: what an execution's end means (SPEC 2.5).
 *
 * Pure functions from an end to a class, from a class to its default action, and
 * the delay before a retry.
 */
#include <string.h>

#include "base/codes.h"
#include "core/impl.h"

struct exit_class {
	int first, last;
	enum error_class cls;
};

static const struct exit_class exit_classes[] = {	/* first match wins */
	{ 126, 127, CLASS_PERMANENT },
	{ 70, 70, CLASS_PERMANENT }, { 72, 73, CLASS_PERMANENT }, { 76, 76, CLASS_PERMANENT },
	{ 78, 78, CLASS_PERMANENT },
	{ 64, 68, CLASS_USER }, { 77, 77, CLASS_USER },
	{ 69, 69, CLASS_TRANSIENT }, { 71, 71, CLASS_TRANSIENT }, { 74, 75, CLASS_TRANSIENT },
	{ 0, 255, CLASS_ERROR },
};

static enum error_class classify_exit(int code, const char *success_codes)
{
	size_t i;

	if (success_codes == NULL ? code == 0 : codes_match(success_codes, code, -1, ""))
		return CLASS_SUCCESS;
	for (i = 0; i < sizeof(exit_classes) / sizeof(exit_classes[0]); i++)
		if (code >= exit_classes[i].first && code <= exit_classes[i].last)
			return exit_classes[i].cls;
	return CLASS_ERROR;
}

enum error_class classify(const struct exec_end *end, const char *success_codes)
{
	switch (end->cause) {
	case END_EXIT:
		return classify_exit(end->exit_code, success_codes);
	case END_KILLED:
		return CLASS_CANCELLED;
	case END_LOST: case END_NEVER: case END_RESOURCE: case END_FENCED:
	case END_RECALLED:
		return CLASS_INFRA;
	case END_OOM:
		return CLASS_OOM;
	case END_TIMEOUT:
		return CLASS_TIMEOUT;
	case END_LAUNCH: case END_DIR: case END_NO_EXEC: case END_NOT_FOUND: case END_USER:
	case END_UNKILLABLE: case END_LOG_OVERFLOW:
		return CLASS_PERMANENT;
	case END_SIGNAL: case END_COUNT:
		break;
	}
	return CLASS_ERROR;
}

enum reason failure_reason(const struct exec_end *end)
{
	static const enum reason reasons[END_COUNT] = {
		[END_EXIT] = REASON_NONZERO_EXIT, [END_SIGNAL] = REASON_SIGNAL,
		[END_TIMEOUT] = REASON_TIMEOUT, [END_OOM] = REASON_OUT_OF_MEMORY,
		[END_KILLED] = REASON_SIGNAL, [END_LAUNCH] = REASON_LAUNCH_FAILED,
		[END_DIR] = REASON_DIR_MISSING, [END_NO_EXEC] = REASON_NOT_EXECUTABLE,
		[END_NOT_FOUND] = REASON_NOT_FOUND, [END_RESOURCE] = REASON_LAUNCH_FAILED,
		[END_USER] = REASON_LAUNCH_FAILED, [END_LOST] = REASON_NODE_LOST,
		[END_NEVER] = REASON_NEVER_STARTED, [END_FENCED] = REASON_FENCED,
		[END_UNKILLABLE] = REASON_UNKILLABLE, [END_RECALLED] = REASON_NEVER_STARTED,
		[END_LOG_OVERFLOW] = REASON_LOG_OVERFLOW,
	};

	return end->cause < END_COUNT ? reasons[end->cause] : REASON_LAUNCH_FAILED;
}

bool class_retries(enum error_class cls)
{
	return cls == CLASS_TRANSIENT || cls == CLASS_ERROR || cls == CLASS_INFRA;
}

static int64_t nominal_delay(enum retry_policy policy, int64_t base, int64_t max, int64_t n)
{
	int64_t d = base;

	if (policy == RETRY_IMMEDIATE || base <= 0)
		return 0;
	if (policy == RETRY_EXPONENTIAL)
		for (; n > 0 && d < max; n--)
			d = d > INT64_MAX / 2 ? max : d * 2;
	return d < max ? d : max;
}

/*
 * nominal * (1 + j*u) with u = x * 2^-53: in integers, so that it is the same
 * everywhere.  128 bits hold the product exactly.
 */
int64_t retry_delay(enum retry_policy policy, int64_t base, int64_t max, int64_t jitter_pct,
    int64_t n, int64_t job, int64_t attempt)
{
	int64_t nominal = nominal_delay(policy, base, max, n);
	uint64_t x = splitmix64(((uint64_t)job << 16) | ((uint64_t)attempt & 0xffff)) >> 11;
	unsigned __int128 extra = (unsigned __int128)(uint64_t)nominal * (uint64_t)jitter_pct * x;

	extra = (extra >> 53) / 100;
	return extra < (uint64_t)(INT64_MAX - nominal) ? nominal + (int64_t)extra : INT64_MAX;
}
