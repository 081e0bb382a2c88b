/* amounts: reads "NAME=N,NAME=N". */
#include "base/amounts.h"

#include <string.h>

#include "base/num.h"
#include "base/text.h"

bool amounts_next(const char **at, struct amount *a)
{
	const char *p = *at;

	if (p == NULL || *p == '\0')
		return false;
	a->name = p;
	a->len = strcspn(p, "=,");
	a->n = 0;
	p += a->len;
	for (p += *p == '='; *p >= '0' && *p <= '9' && a->n <= AMOUNT_MAX; p++)
		a->n = a->n * 10 + (*p - '0');
	p += strcspn(p, ",");
	*at = p + (*p == ',');
	return true;
}

int64_t amounts_of(const char *list, const char *name, size_t len)
{
	struct amount a;

	while (amounts_next(&list, &a)) {
		if (a.len == len && memcmp(a.name, name, len) == 0)
			return a.n;
	}
	return 0;
}

/* One of them, of n bytes. */
static int one_valid(const char *s, size_t n, struct err *e)
{
	char text[AMOUNT_NAME_MAX + 24], *equals;
	int64_t amount;

	if (n >= sizeof(text))
		return err_set(e, ERR_DATA, "\"%.32s...\" is too long", s);
	memcpy(text, s, n);
	text[n] = '\0';
	equals = strchr(text, '=');
	if (equals == NULL)
		return err_set(e, ERR_DATA, "\"%s\" is not NAME=N", text);
	*equals = '\0';
	if (!name_valid(text, AMOUNT_NAME_MAX))
		return err_set(e, ERR_DATA, "\"%s\" is no name", text);
	if (num_i64(equals + 1, 1, AMOUNT_MAX, &amount, e) == -1) {
		if (e != NULL)
			e->code = ERR_DATA;
		return err_prefix(e, "%s", text);
	}
	return 0;
}

int amounts_valid(const char *list, size_t most, struct err *e)
{
	size_t count = 0, n;
	const char *p;

	for (p = list; ; p += n + 1) {
		n = strcspn(p, ",");
		if (one_valid(p, n, e) == -1)
			return -1;
		if (++count > most)
			return err_set(e, ERR_DATA, "more than %zu names", most);
		for (const char *q = list; q < p; q += strcspn(q, ",") + 1) {
			if (strncmp(q, p, strcspn(p, "=") + 1) == 0)
				return err_set(e, ERR_DATA, "%.*s is there twice",
				    (int)strcspn(p, "="), p);
		}
		if (p[n] == '\0')
			return 0;
	}
}
