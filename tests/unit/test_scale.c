/* How many machines a load needs, against sums worked out by hand. */
#include "command/scale.h"

#include "base/base.h"
#include "check.h"

#include <math.h>

static const struct scale_host host = {
    .ports = 28232, .descriptors = 20000, .cores = 4};

static void limits_are_found(void)
{
    static const struct {
        const char *name;
        struct scale_load load;
        bool fits[SCALE_LIMITS];
        uint32_t shards_needed;
    } rows[] = {
        /* 10/s x 10 s: 100 and 4 x 10 connections */
        {"little", {10, 10, 100, 1, 1, 0}, {true, true, true, true}, 1},
        /* 3,000/s x 10 s on one: 30,000 + 693 connections, more than ports */
        {"ports", {3000, 10, 0, 1, 1, 0}, {false, false, true, true}, 2},
        /* the same over HTTP/2, 32 requests a connection */
        {"shared connections", {3000, 10, 0, 1, 32, 0}, {true, true, true, true}, 1},
        /* 10,000/s x 1,017 us a request = 10.2 cores, of 2.8 */
        {"cores", {10000, 0.1, 100, 1, 1, 0}, {true, true, false, true}, 4},
        {"cores, shared", {10000, 0.1, 100, 4, 1, 0}, {true, true, true, true}, 4},
        /* 64,512 ports are all that one address has, however many shards */
        {"one address", {7000, 10, 0, 100, 1, 1}, {true, true, true, false}, 0},
        {"two addresses", {7000, 10, 0, 100, 1, 2}, {true, true, true, true}, 4},
        /* 20 M/s: the schedule alone takes 4 of 2.8 cores */
        {"a schedule too fast",
         {2e7, 0.001, 0, 1000, 1, 0},
         {true, true, false, true},
         0},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct scale s;
        check_row = rows[i].name;
        scale_of(&rows[i].load, &host, &s);
        bool fits = true;
        for (size_t k = 0; k < SCALE_LIMITS; k++) {
            CHECK_INT(s.rows[k].fits, rows[i].fits[k]);
            fits = fits && rows[i].fits[k];
        }
        CHECK_INT(s.fits, fits);
        CHECK_INT(s.shards_needed, rows[i].shards_needed);
    }
}

/* What is said to be enough is, and one less is not. */
static void the_number_is_the_smallest(void)
{
    struct scale_load load = {1e6, 10, 300, 1, 1, 0};
    struct scale s;
    scale_of(&load, &host, &s);
    CHECK(!s.fits);
    load.shards = s.shards_needed;
    scale_of(&load, &host, &s);
    CHECK(s.fits);
    load.shards--;
    scale_of(&load, &host, &s);
    CHECK(!s.fits);
}

static void needs_are_worked_out(void)
{
    const struct scale_load load = {1000, 10, 0, 10, 1, 1};
    struct scale s;
    scale_of(&load, &host, &s);
    CHECK_NEAR(s.rate_per_s, 100, 1e-9);
    CHECK_NEAR(s.connections, 1000 + 4 * sqrt(1000), 1e-6);
    CHECK_NEAR(s.rows[SCALE_CPU].need, 100 * 17e-6 + 1000 * 0.2e-6, 1e-9);
    CHECK_NEAR(s.rows[SCALE_NAT].need, 10000 + 4 * 100, 1e-6);
    CHECK_NEAR(s.rows[SCALE_NAT].have, 64512, 1e-9);
}

static void people_can_read_it(void)
{
    const struct scale_load load = {1e6, 10, 300, 100, 1, 0};
    struct scale s;
    struct buf out;
    buf_init(&out, 8192);
    scale_of(&load, &host, &s);
    scale_write(&load, &s, &out);
    CHECK(strstr(out.data, "1,000,000 requests/s of 10.0 s, on 100 shards") != NULL);
    CHECK(strstr(out.data, "WARN  ports        needs 101,265 of 28,232: from ") !=
          NULL);
    CHECK(strstr(out.data, "it does not fit: give it ") != NULL);
    CHECK(strstr(out.data, "nat") == NULL);
    buf_release(&out);
}

int main(void)
{
    RUN(limits_are_found);
    RUN(the_number_is_the_smallest);
    RUN(needs_are_worked_out);
    RUN(people_can_read_it);
    return check_report();
}
