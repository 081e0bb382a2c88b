/*
 * job.conf of any bytes: what is taken is printed and read back as the same, what is
 * not has a text that begins with the place.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "conf/impl.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(int cond, const char *what)
{
	if (cond)
		return;
	fprintf(stderr, "fuzz: %s\n", what);
	abort();
}

static void same_again(const struct conf *c)
{
	struct conf again;
	struct buf text, a, b;
	struct err e;

	buf_init(&text, 1 << 20);
	must(conf_print(c, &text) == 0, "printing");
	must(conf_load_text("again", text.data, text.len, &again, &e) == 0, "reading back");
	for (size_t i = 0; conf_key(i) != NULL; i++) {
		buf_init(&a, 1 << 16);
		buf_init(&b, 1 << 16);
		conf_format(c, i, &a);
		conf_format(&again, i, &b);
		must(a.len == b.len && (a.len == 0 || memcmp(a.data, b.data, a.len) == 0),
		    "a value");
		buf_release(&a);
		buf_release(&b);
	}
	must(conf_restart_needed(c, &again, NULL) == 0, "no restart");
	conf_free(&again);
	buf_release(&text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct conf c;
	struct err e;

	err_clear(&e);
	if (conf_load_text("f", (const char *)data, size, &c, &e) == 0) {
		same_again(&c);
		conf_free(&c);
	} else {
		must(e.code == ERR_CONFIG && e.text[0] != '\0', "an error without a text");
	}
	return 0;
}
