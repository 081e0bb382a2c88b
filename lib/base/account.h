/*
 * account: who a user id is, for programs that are linked statically: the C library's
 * own getpwuid(3) is no use to them where accounts are not in a file.
 */
#ifndef BASE_ACCOUNT_H
#define BASE_ACCOUNT_H

#include <pwd.h>

/*
 * Looks in /etc/passwd, then asks getent(1), which knows the host's other places.  NULL when
 * nobody knows the user.  Valid until the next call.
 */
const struct passwd *account_of(uid_t uid);

#endif
