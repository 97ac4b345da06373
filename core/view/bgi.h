/* SPDX-License-Identifier: MIT */
/* calls.bgen.bgi: the index of calls.bgen, a database of SQLite as bgenix makes it. */
#ifndef GENOFS_VIEW_BGI_H
#define GENOFS_VIEW_BGI_H

#include "core/view/made.h"

/* made_kind.of is the struct view_kind of calls.bgen. */
int bgi_make(const struct view_kind *k, const struct dataset *d, struct buf *out, struct err *err);

#endif
