/* beside: where the program that runs lies, and others with it. */
#include "base/beside.h"

#include <limits.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"

char *program_beside(const char *name)
{
	char self[PATH_MAX], *slash;
	ssize_t n = readlink("/proc/self/exe", self, sizeof(self) - 1);

	if (n <= 0)
		return xstrdup(name);
	self[n] = '\0';
	slash = strrchr(self, '/');
	if (slash == NULL)
		return xstrdup(name);
	return xasprintf("%.*s%s", (int)(slash + 1 - self), self, name);
}
