/*
 * Preflight: a few requests before the run, so that a wrong key, path, model or
 * body costs one request and one clear line, not a run.
 *
 *   reach      is anything there? (DNS, TCP, TLS, HTTP)
 *   dialect    when it is to be found: which server is it?
 *   model      when none is named: the first that the server lists
 *   calibrate  one small request per class: does it work, and how many tokens
 *              does the server's template add?
 */
#ifndef GUST_PREFLIGHT_H
#define GUST_PREFLIGHT_H

#include "base/command.h"
#include "engine/plan.h"

/* Fills in what is missing of every target: dialect, model, URLs, overheads,
 * echoes. notes gets a line per finding, for the user. On failure *code is the
 * exit code and err says what the server said and what to do. */
MUST_CHECK int preflight(struct plan *plan, struct buf *notes, enum exit_code *code,
                         struct err *e);

/* The same in two steps, for who must ask in between: the first only reads what the
 * server says of itself, the second is charged. */
MUST_CHECK int preflight_identify(struct plan *plan, struct buf *notes,
                                  enum exit_code *code, struct err *e);
MUST_CHECK int preflight_calibrate(struct plan *plan, struct buf *notes,
                                   enum exit_code *code, struct err *e);

/* Frees what preflight made. */
void preflight_release(struct plan *plan);

#endif
