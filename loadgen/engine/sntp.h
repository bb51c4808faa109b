/*
 * How far this clock is from another machine's: SNTP (RFC 4330), and what the kernel
 * says of its own clock. Nothing is ever set.
 *
 *     offset = ((t2 - t1) + (t3 - t4)) / 2       delay = (t4 - t1) - (t3 - t2)
 *
 * t1, t4: our clock when the question left and the answer came; t2, t3: the server's
 * when that came and this left. Half the delay bounds the error of the offset, so of
 * several exchanges the one with the shortest delay is kept.
 */
#ifndef GUST_SNTP_H
#define GUST_SNTP_H

#include "base/err.h"

#define SNTP_BYTES 48

/* All in ns of the wall clock. */
struct sntp_sample {
    int64_t offset_ns; /* the server's clock - ours */
    int64_t delay_ns;
};

/* What is known of this machine's clock. */
struct clock_record {
    bool is_known, is_synchronised; /* by the kernel's own account */
    int64_t error_ns;               /* at most, by the same; 0 unknown */
    char server[128];               /* that was asked; "" none */
    struct sntp_sample check;       /* its answer */
};

/* A question that leaves at t1. */
void sntp_request(unsigned char packet[SNTP_BYTES], int64_t t1_ns);

/* Fails on what is no answer to that question, and on a server that says itself that
 * it does not know the time. */
MUST_CHECK int sntp_read(const unsigned char *packet, size_t length, int64_t t1_ns,
                         int64_t t4_ns, struct sntp_sample *out, struct err *e);

/* The kernel's account. */
void clock_record_read(struct clock_record *r);

/* Asks HOST or HOST:PORT (123) eight times over UDP, at most 8 s. */
MUST_CHECK int clock_record_check(struct clock_record *r, const char *server,
                                  struct err *e);

#endif
