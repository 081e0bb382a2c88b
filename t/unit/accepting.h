/* accepting: accept(2), apart, since <sys/socket.h> and msg/msg.h both have a MSG_BATCH. */
#ifndef T_UNIT_ACCEPTING_H
#define T_UNIT_ACCEPTING_H

int sock_accept(int listener);

#endif
