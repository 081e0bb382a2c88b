/* FACTORx[:SIZE]: what it means, and what it is not. */
#include "base/growth.h"

#include <inttypes.h>
#include <string.h>

#include "tap.h"

static void takes(const char *s, int64_t factor, int64_t max)
{
	struct growth g;
	struct err e;

	err_clear(&e);
	ok(growth_parse(s, &g, &e) == 0 && g.factor == factor && g.max == max, "%s: %s", s, e.text);
}

static void refuses(const char *s, const char *why)
{
	struct growth g;
	struct err e;

	ok(growth_parse(s, &g, &e) == -1 && strstr(e.text, why) != NULL, "\"%s\": %s", s, e.text);
}

int main(void)
{
	takes("2x", 2000, 0);
	takes("1.5x:64G", 1500, 65536);
	takes("1.001x:1", 1001, 1);
	takes("100x:512M", 100000, 512);
	refuses("", "is no growth");
	refuses("x", "is no growth");
	refuses("2", "is no growth");
	refuses("2y:1G", "is no growth");
	refuses("1x", "out of range");
	refuses("101x", "out of range");
	refuses("-2x", "not a number");
	refuses("2x:", "not a size");
	refuses("2x:lots", "not a size");
	refuses("2x:0", "out of range");
	refuses("2x:1K", "out of range");
	return tap_done();
}
