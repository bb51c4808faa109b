/*
 * What `gust capacity` found, as one HTML page without scripts: verdict, headline
 * numbers, pictures, tables, definitions. Any sheet made by capacity_sheet will do.
 */
#ifndef GUST_CAPACITY_HTML_H
#define GUST_CAPACITY_HTML_H

#include "judge/capacity.h"
#include "render/pictures.h"
#include "render/sheet.h"

void capacity_html(const struct capacity *c, const struct sheet *sheet,
                   const struct pictures *pictures, struct buf *out);

#endif
