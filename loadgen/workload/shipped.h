/*
 * Finding what is shipped with the program: JSON documents by name, of several
 * kinds. A kind is a folder under profiles/ ("policies"), "" the profiles
 * themselves.
 *
 * They stand in folders that are tried in order: the one of the environment
 * (GUST_PROFILE_DIR), those beside the running program (build/gust finds the
 * source tree, PREFIX/bin/gust finds PREFIX/share/gust), and the installed one.
 * The first folder that has the file wins.
 */
#ifndef GUST_SHIPPED_H
#define GUST_SHIPPED_H

#include "base/buf.h"
#include "base/err.h"

#define SHIPPED_PATH 4096

/* A sorted set of owned names; items ends with NULL. */
struct shipped_names {
    char **items;
    size_t count;
};

/* The path of a document into path; false when there is none. */
bool shipped_find(const char *kind, const char *name, char path[SHIPPED_PATH]);

/* Is word a file rather than a name: it contains '/' or '.', or exists? */
bool shipped_is_file(const char *word);

/* All names of a kind, schemas left out. */
struct shipped_names shipped_list(const char *kind);
void shipped_names_release(struct shipped_names *n);

/* Fails with `unknown WHAT "name"; did you mean NEAR?; HOW`. Returns -1. */
int shipped_unknown(const char *kind, const char *what, const char *name,
                    const char *how, struct err *e);

/* Appends the folders in which profiles are looked up, in order: "a, b". */
void shipped_folders(struct buf *out);

#endif
