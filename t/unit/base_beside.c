/* beside: programs of the same folder. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/beside.h"
#include "tap.h"

int main(void)
{
	char *self = program_beside("base_beside"), *other = program_beside("none such");

	ok(self[0] == '/' && access(self, X_OK) == 0, "this one is found: %s", self);
	is_int(strlen(other), strlen(self) - strlen("base_beside") + strlen("none such"),
	    "and others in its folder");
	ok(strncmp(self, other, strlen(self) - strlen("base_beside")) == 0, "%s", other);
	free(self);
	free(other);
	return tap_done();
}
