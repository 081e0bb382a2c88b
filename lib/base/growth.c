/*
 * growth: FACTORx[:SIZE] as people write it.
 */
#include "base/growth.h"

#include <bsd/string.h>
#include <string.h>

#include "base/num.h"

#define FACTOR_MIN 1001
#define FACTOR_MAX 100000
#define MIB (UINT64_C(1) << 20)
#define MIB_MAX UINT64_C(1000000000)

int growth_parse(const char *s, struct growth *g, struct err *e)
{
	size_t n = strcspn(s, ":");
	uint64_t factor, bytes = 0;
	char text[32];

	if (n < 2 || n >= sizeof(text) || s[n - 1] != 'x')
		return err_set(e, ERR_USAGE, "%.64s is no growth: write 2x or 1.5x:64G", s);
	strlcpy(text, s, n);
	if (num_milli(text, FACTOR_MIN, FACTOR_MAX, &factor, e) == -1)
		return -1;
	if (s[n] == ':' && size_parse(s + n + 1, &bytes, e) == -1)
		return -1;
	if (s[n] == ':' && (bytes < MIB || bytes / MIB > MIB_MAX))
		return err_set(e, ERR_USAGE, "%.64s is out of range", s + n + 1);
	g->factor = (int64_t)factor;
	g->max = (int64_t)(bytes / MIB);
	return 0;
}
