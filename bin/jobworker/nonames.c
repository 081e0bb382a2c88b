/*
 * nonames: no look-ups of hosts, services or protocols in this program.
 *
 * The event library refers to them, though nothing of it that we use calls them.
 * From a static glibc they would bring in the machinery of name services, which
 * does not work in a program that is copied to other hosts, and the linker says so.
 * These stand in their place, and know no name.
 */
#include <netdb.h>
#include <stddef.h>

int getaddrinfo(const char *node, const char *service, const struct addrinfo *hints,
    struct addrinfo **res)
{
	(void)node;
	(void)service;
	(void)hints;
	*res = NULL;
	return EAI_FAIL;
}

void freeaddrinfo(struct addrinfo *res)
{
	(void)res;
}

const char *gai_strerror(int code)
{
	(void)code;
	return "names are not looked up";
}

struct servent *getservbyname(const char *name, const char *proto)
{
	(void)name;
	(void)proto;
	return NULL;
}

struct protoent *getprotobynumber(int number)
{
	(void)number;
	return NULL;
}

int getnameinfo(const struct sockaddr *addr, socklen_t addrlen, char *host, socklen_t hostlen,
    char *serv, socklen_t servlen, int flags)
{
	(void)addr;
	(void)addrlen;
	(void)host;
	(void)hostlen;
	(void)serv;
	(void)servlen;
	(void)flags;
	return EAI_FAIL;
}
