/* Where the API key comes from; see key.h. */
#include "command/key.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define KEY_MAX 4096

/* The first line of the file, without white space at its ends. */
static int read_key_file(const char *path, char **out, struct err *e)
{
    char line[KEY_MAX];
    FILE *f = fopen(path, "re");
    if (f == NULL)
        return err_set_errno(e, errno, "--key-file: cannot open %s", path);
    bool has_line = fgets(line, sizeof line, f) != NULL;
    (void)fclose(f); /* only read from */
    size_t length = has_line ? strcspn(line, "\r\n \t") : 0;
    if (length == 0 || length == sizeof line - 1)
        return err_set(e, "--key-file: the first line of %s is %s", path,
                       length == 0 ? "empty" : "too long for a key");
    *out = xstrndup(line, length);
    memset(line, 0, sizeof line);
    return 0;
}

bool key_is_mistral_api(const char *url)
{
    static const char scheme[] = "https://", tail[] = ".mistral.ai";
    if (strncmp(url, scheme, sizeof scheme - 1) != 0)
        return false;
    const char *host = url + sizeof scheme - 1;
    const char *end = host + strcspn(host, "/?#\\");
    for (const char *p = host; p < end; p++)
        if (*p == '@')
            host = p + 1;
    size_t length = strcspn(host, ":/?#\\");
    return length >= sizeof tail - 1 &&
           strncasecmp(host + length - (sizeof tail - 1), tail, sizeof tail - 1) == 0;
}

int key_find(const struct target_settings *t, char **out, struct err *e)
{
    bool is_mistral = key_is_mistral_api(t->url);
    bool speaks_mistral = strcmp(run_dialects[t->dialect], "mistral") == 0;
    if (t->key_file != NULL)
        return read_key_file(t->key_file, out, e);
    const char *name = t->key_env;
    if (name == NULL && (is_mistral || speaks_mistral))
        name = "MISTRAL_API_KEY";
    const char *value = name ? getenv(name) : NULL;
    if (value != NULL && value[0] != '\0')
        *out = xstrdup(value);
    else if (t->key_env != NULL)
        return err_set(e, "--key-env: the environment variable %s is not set",
                       t->key_env);
    if (*out != NULL && strpbrk(*out, "\r\n") != NULL)
        return err_set(e, "the API key holds a line break");
    return 0;
}

void key_free(char *key)
{
    if (key != NULL)
        explicit_bzero(key, strlen(key));
    free(key);
}
