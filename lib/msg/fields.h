/*
 * fields: every field that a message may carry, and every message type.
 *
 * The rows are in fields.def and types.def.  To change the protocol: add rows
 * (never reuse a name with another meaning), add them to the messages in schema.c,
 * and put a sample of the old form under t/data/msg.  Raise MSG_VERSION only when
 * an old reader would misunderstand a new message.
 */
#ifndef MSG_FIELDS_H
#define MSG_FIELDS_H

enum msg_kind { MSG_STR, MSG_U64, MSG_I64, MSG_FLAG, MSG_ID };

enum msg_field {
#define X(id, name, kind, max) F_##id,
#include "msg/fields.def"
#undef X
	MSG_FIELD_COUNT
};

enum msg_type {
#define X(id, name, body) MSG_##id,
#include "msg/types.def"
#undef X
	MSG_TYPE_COUNT
};

#endif
