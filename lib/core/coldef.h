/*
 * coldef: how column tables are written; for the files that hold one, inside lib/core only.
 *
 * ROW is the struct that a table describes, defined before it and undefined behind it.
 */
#ifndef CORE_COLDEF_H
#define CORE_COLDEF_H

#include "core/column.h"

#define C(field, name, kind, flags) { name, COL_##kind, flags, offsetof(struct ROW, field) }
#define K COL_KEY
#define M COL_MUTABLE
#define P COL_PRIVATE
#define H COL_HIDDEN
#define O COL_OWN
#define END { NULL, COL_INT, 0, 0 }

#endif
