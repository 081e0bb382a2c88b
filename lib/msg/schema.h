/* schema: msg's own tables, for codec.c and its tests; others use msg/msg.h. */
#ifndef MSG_SCHEMA_H
#define MSG_SCHEMA_H

#include "msg/msg.h"

struct msg_rule {
	enum msg_field field;	/* MSG_FIELD_COUNT ends a list */
	enum msg_use use;
};

extern const struct msg_rule *const msg_schema[MSG_TYPE_COUNT];

#endif
