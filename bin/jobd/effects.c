/*
 * effects: what leaves when a turn is on disk.
 *
 * The one way out: replies to clients, orders and acknowledgements to workers, in
 * the order in which the core decided them.
 */
#include "client.h"
#include "notices.h"

static void release(struct jobd *d, const struct effect *f)
{
	switch (f->type) {
	case EFF_REPLY:
		ask_answer(d, f->token, f);
		break;
	case EFF_STATE:
		if (f->token != 0)
			ask_answer(d, f->token, f);
		else
			waiters_tell(d, f);
		break;
	case EFF_START:
		order_start(d, f);
		break;
	case EFF_KILL:
		order_kill(d, f);
		break;
	case EFF_SET:
		order_set(d, f);
		break;
	case EFF_NOTICE:
		notice_send(d, f);
		break;
	case EFF_ACK:
		order_ack(d, f);
		break;
	}
}

void effects_release(struct jobd *d, const struct turn *t)
{
	size_t i;

	for (i = 0; i < t->neffects; i++)
		release(d, &t->effects[i]);
}
