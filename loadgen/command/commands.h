/*
 * The verbs of the program, one row each, defined in the file that does the
 * work: loadgen/command/ and, for the fixtures and the judging side, theirs.
 * main.c lists them in the order of `gust help`.
 */
#ifndef GUST_COMMANDS_H
#define GUST_COMMANDS_H

#include "base/command.h"

extern const struct command command_run;
extern const struct command command_canary;
extern const struct command command_capacity;
extern const struct command command_cost;
extern const struct command command_cost_estimate;
extern const struct command command_triage;
extern const struct command command_doctor;
extern const struct command command_profile_fit;
extern const struct command command_profile_prompts;
extern const struct command command_profile_show;
extern const struct command command_profile_check;
extern const struct command command_profile_list;
extern const struct command command_mock;
extern const struct command command_proxy;
extern const struct command command_report;
extern const struct command command_compare;
extern const struct command command_merge;

#endif
