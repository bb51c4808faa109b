/*
 * The difference of two clocks, against answers made up with known times: exact to the
 * 0.23 ns of a stamp, and what is no answer is refused.
 */
#include "engine/sntp.h"

#include "check.h"

#define WALL (INT64_C(1795269785) * NS_PER_S)

static void put(unsigned char *at, int64_t wall_ns)
{
    uint64_t s = (uint64_t)(wall_ns / NS_PER_S + INT64_C(2208988800)) & UINT32_MAX;
    uint64_t f = ((uint64_t)(wall_ns % NS_PER_S) << 32) / 1000000000u;
    uint64_t value = s << 32 | f;
    for (unsigned i = 0; i < 8; i++)
        at[i] = (unsigned char)(value >> (56 - 8 * i));
}

/* What a server answers to the question of t1. */
static void answer(unsigned char packet[SNTP_BYTES], int64_t t1_ns, int64_t t2_ns,
                   int64_t t3_ns)
{
    unsigned char question[SNTP_BYTES];
    sntp_request(question, t1_ns);
    memset(packet, 0, SNTP_BYTES);
    packet[0] = 4 << 3 | 4;
    packet[1] = 2;
    memcpy(packet + 24, question + 40, 8);
    put(packet + 32, t2_ns);
    put(packet + 40, t3_ns);
}

static void differences_are_exact(void)
{
    static const struct {
        const char *name;
        int64_t t1_ns, offset_ns, there_ns, work_ns, back_ns;
    } rows[] = {
        {"none", WALL, 0, 1000000, 0, 1000000},
        {"200 ms ahead", WALL + 7, 200 * NS_PER_MS, 300000, 20000, 300000},
        {"200 ms behind", WALL + 999999999, -200 * NS_PER_MS, 300000, 20000, 300000},
        {"an hour", WALL, 3600 * NS_PER_S, 5000, 0, 5000},
        {"across 2036", INT64_C(2085978495) * NS_PER_S, 3 * NS_PER_S, 1000, 0, 1000},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct err e = {0};
        struct sntp_sample s = {0};
        unsigned char packet[SNTP_BYTES];
        check_row = rows[i].name;
        int64_t t2_ns = rows[i].t1_ns + rows[i].there_ns + rows[i].offset_ns;
        int64_t t3_ns = t2_ns + rows[i].work_ns;
        int64_t t4_ns = t3_ns - rows[i].offset_ns + rows[i].back_ns;
        answer(packet, rows[i].t1_ns, t2_ns, t3_ns);
        CHECK_INT(sntp_read(packet, SNTP_BYTES, rows[i].t1_ns, t4_ns, &s, &e), 0);
        CHECK_STR(e.text, "");
        CHECK_NEAR((double)s.offset_ns, (double)rows[i].offset_ns, 2);
        CHECK_NEAR((double)s.delay_ns, (double)(rows[i].there_ns + rows[i].back_ns), 2);
    }
}

static void wrong_answers_are_refused(void)
{
    static const struct {
        const char *name;
        size_t length, at;
        unsigned char value;
        const char *error;
    } rows[] = {
        {"short", 47, 0, 4 << 3 | 4, "too short"},
        {"a question", 48, 0, 4 << 3 | 3, "no answer to our question"},
        {"of another question", 48, 30, 0xaa, "no answer to our question"},
        {"kiss of death", 48, 1, 0, "does not know the time"},
        {"not synchronised", 48, 0, 3 << 6 | 4 << 3 | 4, "does not know the time"},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct err e = {0};
        struct sntp_sample s;
        unsigned char packet[SNTP_BYTES];
        check_row = rows[i].name;
        answer(packet, WALL, WALL + 10, WALL + 20);
        packet[rows[i].at] = rows[i].value;
        CHECK_INT(sntp_read(packet, rows[i].length, WALL, WALL + 40, &s, &e), -1);
        CHECK(strstr(e.text, rows[i].error) != NULL);
    }
}

int main(void)
{
    RUN(differences_are_exact);
    RUN(wrong_answers_are_refused);
    return check_report();
}
