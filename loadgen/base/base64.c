/*
 * Base64 through two tables. The decoder takes four characters at a time and
 * collects the error in one word, so that its loop has a single branch.
 */
#include "base/base64.h"

#define BAD UINT32_C(0xff000000) /* above the 24 bits of four characters */

static const char alphabet[64] = {
    'A', 'B', 'C', 'D', 'E', 'F', 'G', 'H', 'I', 'J', 'K', 'L', 'M', 'N', 'O', 'P',
    'Q', 'R', 'S', 'T', 'U', 'V', 'W', 'X', 'Y', 'Z', 'a', 'b', 'c', 'd', 'e', 'f',
    'g', 'h', 'i', 'j', 'k', 'l', 'm', 'n', 'o', 'p', 'q', 'r', 's', 't', 'u', 'v',
    'w', 'x', 'y', 'z', '0', '1', '2', '3', '4', '5', '6', '7', '8', '9', '+', '/',
};

/* Sextet + 1 of each character; 0 marks those outside the alphabet. */
static const uint8_t sextet_plus_1[256] = {
    ['A'] = 1,  ['B'] = 2,  ['C'] = 3,  ['D'] = 4,  ['E'] = 5,  ['F'] = 6,  ['G'] = 7,
    ['H'] = 8,  ['I'] = 9,  ['J'] = 10, ['K'] = 11, ['L'] = 12, ['M'] = 13, ['N'] = 14,
    ['O'] = 15, ['P'] = 16, ['Q'] = 17, ['R'] = 18, ['S'] = 19, ['T'] = 20, ['U'] = 21,
    ['V'] = 22, ['W'] = 23, ['X'] = 24, ['Y'] = 25, ['Z'] = 26, ['a'] = 27, ['b'] = 28,
    ['c'] = 29, ['d'] = 30, ['e'] = 31, ['f'] = 32, ['g'] = 33, ['h'] = 34, ['i'] = 35,
    ['j'] = 36, ['k'] = 37, ['l'] = 38, ['m'] = 39, ['n'] = 40, ['o'] = 41, ['p'] = 42,
    ['q'] = 43, ['r'] = 44, ['s'] = 45, ['t'] = 46, ['u'] = 47, ['v'] = 48, ['w'] = 49,
    ['x'] = 50, ['y'] = 51, ['z'] = 52, ['0'] = 53, ['1'] = 54, ['2'] = 55, ['3'] = 56,
    ['4'] = 57, ['5'] = 58, ['6'] = 59, ['7'] = 60, ['8'] = 61, ['9'] = 62, ['+'] = 63,
    ['/'] = 64,
};

void base64_encode(char *out, const unsigned char *bytes, size_t length)
{
    for (; length >= 3; length -= 3, bytes += 3, out += 4) {
        uint32_t word = (uint32_t)bytes[0] << 16 | (uint32_t)bytes[1] << 8 | bytes[2];
        out[0] = alphabet[word >> 18];
        out[1] = alphabet[word >> 12 & 63];
        out[2] = alphabet[word >> 6 & 63];
        out[3] = alphabet[word & 63];
    }
    if (length == 0)
        return;
    uint32_t word = (uint32_t)bytes[0] << 16;
    if (length == 2)
        word |= (uint32_t)bytes[1] << 8;
    out[0] = alphabet[word >> 18];
    out[1] = alphabet[word >> 12 & 63];
    out[2] = '=';
    if (length == 2)
        out[2] = alphabet[word >> 6 & 63];
    out[3] = '=';
}

/* Four characters as 24 bits; BAD bits when one is not of the alphabet (0 - 1
 * wraps around). */
static uint32_t quartet(const char *text)
{
    const unsigned char *c = (const unsigned char *)text;
    uint32_t a = sextet_plus_1[c[0]] - 1U, b = sextet_plus_1[c[1]] - 1U;
    uint32_t d = sextet_plus_1[c[2]] - 1U, e = sextet_plus_1[c[3]] - 1U;
    uint32_t bad = (a | b | d | e) & ~UINT32_C(63);
    return (a & 63) << 18 | (b & 63) << 12 | (d & 63) << 6 | (e & 63) | (bad & BAD);
}

static size_t padding_of(const char *text, size_t length)
{
    if (length == 0 || text[length - 1] != '=')
        return 0;
    return text[length - 2] == '=' ? 2 : 1;
}

size_t base64_decode(unsigned char *out, const char *text, size_t length)
{
    if (length % 4 != 0)
        return BASE64_BAD;
    size_t padding = padding_of(text, length);
    size_t whole = length - (padding > 0 ? 4 : 0);
    unsigned char *at = out;
    uint32_t seen = 0;
    for (size_t i = 0; i < whole; i += 4, at += 3) {
        uint32_t word = quartet(&text[i]);
        seen |= word;
        at[0] = (unsigned char)(word >> 16);
        at[1] = (unsigned char)(word >> 8);
        at[2] = (unsigned char)word;
    }
    if (padding > 0) {
        const char last[4] = {text[whole], text[whole + 1],
                              padding == 1 ? text[whole + 2] : 'A', 'A'};
        uint32_t word = quartet(last);
        uint32_t hidden = word & (padding == 1 ? UINT32_C(0xff) : UINT32_C(0xffff));
        seen |= word | (hidden != 0 ? BAD : 0);
        *at++ = (unsigned char)(word >> 16);
        if (padding == 1)
            *at++ = (unsigned char)(word >> 8);
    }
    return (seen & BAD) != 0 ? BASE64_BAD : (size_t)(at - out);
}
