/* accepting: the one call that needs <sys/socket.h>. */
#include "accepting.h"

#include <stddef.h>
#include <sys/socket.h>

int sock_accept(int listener) {
	return accept(listener, NULL, NULL);
}
