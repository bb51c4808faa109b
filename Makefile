# gust. Everything generated stays under build/. `make help` lists the targets.
#
# One set of rules builds every flavour: release in build/, the sanitised ones in
# build/asan, build/tsan and build/fuzz, by calling make again with BUILD, CC and
# OPT. A change of flags or PREFIX rebuilds what it touches (the stamps).
PREFIX ?= /usr/local
DESTDIR ?=
BUILD ?= build
OPT ?= -O2 -g -D_FORTIFY_SOURCE=2 -fstack-protector-strong
FUZZ_SECONDS ?= 30
STUDY_RUNS ?= 1000
STUDY_ROWS ?=

STD := -std=c11 -D_POSIX_C_SOURCE=200809L -D_DEFAULT_SOURCE
WARN := -Wall -Wextra -Wpedantic -Werror -Wshadow -Wconversion -Wstrict-prototypes \
  -Wmissing-prototypes -Wold-style-definition -Wwrite-strings -Wcast-qual \
  -Wpointer-arith -Wformat=2 -Wundef -Wvla -Wswitch-enum -Wdouble-promotion
INCLUDE := -Iloadgen -Ireport -I.
FLAGS := $(STD) $(WARN) -fno-common -ffp-contract=off -pthread $(INCLUDE) $(OPT) $(CFLAGS)
LIBS := -lcurl -lev -ljansson -lz -lzstd -lm -pthread
ASAN := -O1 -g -fno-omit-frame-pointer -fsanitize=address,undefined \
  -fno-sanitize-recover=all
TSAN := -O1 -g -fno-omit-frame-pointer -fsanitize=thread

SRC := $(filter-out loadgen/main.c,$(wildcard loadgen/*/*.c report/*.c report/*/*.c \
  fixtures/*.c))
OBJ := $(SRC:%.c=$(BUILD)/%.o) $(BUILD)/gen/words.o $(BUILD)/gen/recorded.o
LIB := $(BUILD)/libgust.a

# Tests: test_*.c are programs that are run; other .c files beside them are
# programs (e2e, interop) or shared helpers (unit) that tests use.
TEST_HELPERS := $(filter-out tests/unit/test_%,$(wildcard tests/unit/*.c))
TEST_OBJ := $(TEST_HELPERS:%.c=$(BUILD)/%.o)
UNIT := $(patsubst %.c,$(BUILD)/%,$(wildcard tests/unit/test_*.c))
# The judge study; all but its main is used by its unit test, too.
STUDY := $(BUILD)/tests/study/study
# What a served model can take, by simulation; a program of its own.
TRUTH := $(BUILD)/tests/study/capacity_truth
TRUTH_OBJ := $(BUILD)/tests/study/queueworld.o
STUDY_OBJ := $(filter-out $(STUDY).o $(TRUTH).o $(TRUTH_OBJ),$(patsubst %.c,$(BUILD)/%.o,$(wildcard tests/study/*.c)))
TOOLS := $(patsubst %.c,$(BUILD)/%,$(wildcard tests/e2e/*.c tests/interop/*.c tests/bench/*.c))
E2E := $(filter $(BUILD)/tests/e2e/test_%,$(TOOLS)) $(wildcard tests/e2e/*.sh)
INTEROP := $(wildcard tests/interop/*.sh)
# libFuzzer brings its own main; without it a target replays its corpus.
FUZZ_DRIVER := tests/fuzz/replay.c
FUZZ := $(patsubst tests/fuzz/%.c,%,$(wildcard tests/fuzz/fuzz_*.c))
REPLAY := $(FUZZ:%=$(BUILD)/tests/fuzz/%)
C_FILES = $(shell find loadgen report fixtures tests -name '*.[ch]')

.PHONY: all help test unit asan tsan fuzz lint format check bench judge-study capacity-truth capacity-study live-table demo \
  install clean objects programs fuzz-programs FORCE
.DELETE_ON_ERROR:

all: $(BUILD)/gust

help:
	@sed -n 's/^\([a-z-]*\):.*## /\1	/p' Makefile | expand -t 12

# ---- building

$(BUILD)/gust: $(BUILD)/loadgen/main.o $(LIB)
	$(CC) $(OPT) $(LDFLAGS) -o $@ $^ $(LIBS)

$(LIB): $(OBJ)
	@rm -f $@
	$(AR) rcs $@ $^

$(BUILD)/%.o: %.c $(BUILD)/flags
	@mkdir -p $(@D)
	$(CC) $(FLAGS) $(DEFINE) -MMD -MP -c -o $@ $<

$(BUILD)/gen/%.o: $(BUILD)/gen/%.c $(BUILD)/flags
	$(CC) $(FLAGS) -c -o $@ $<

$(BUILD)/gen/words.c: ci/words.awk loadgen/workload/words/first.txt \
  loadgen/workload/words/next.txt
	@mkdir -p $(@D)
	awk -f $^ > $@

$(BUILD)/gen/recorded.c: ci/embed $(wildcard fixtures/streams/*.*)
	@mkdir -p $(@D)
	$^ > $@

# The only file that knows where the program is installed.
$(BUILD)/loadgen/workload/shipped.o: $(BUILD)/prefix
$(BUILD)/loadgen/workload/shipped.o: DEFINE = -DGUST_DATADIR='"$(PREFIX)/share/gust"'

$(BUILD)/flags: FORCE
	@mkdir -p $(@D)
	@echo '$(CC) $(FLAGS)' | cmp -s - $@ || echo '$(CC) $(FLAGS)' > $@
$(BUILD)/prefix: FORCE
	@mkdir -p $(@D)
	@echo '$(PREFIX)' | cmp -s - $@ || echo '$(PREFIX)' > $@

define link-test
@mkdir -p $(@D)
$(CC) $(FLAGS) -Itests/unit -MMD -MP -MF $@.d -MT $@ -o $@ $< \
  $(filter-out $<,$(filter %.c %.o,$^)) $(filter %.a,$^) $(LDFLAGS) $(LIBS)
endef

$(BUILD)/tests/fuzz/fuzz_%: tests/fuzz/fuzz_%.c $(FUZZ_DRIVER) $(LIB)
	$(link-test)

$(BUILD)/tests/%: tests/%.c $(TEST_OBJ) $(LIB)
	$(link-test)

$(STUDY) $(BUILD)/tests/unit/test_study: $(STUDY_OBJ)
$(TRUTH) $(addprefix $(BUILD)/tests/,unit/test_capacity_truth unit/test_fleet \
  unit/test_fleet_fit e2e/fake_capacity): $(TRUTH_OBJ)

objects: $(OBJ) $(BUILD)/loadgen/main.o
programs: all $(UNIT) $(TOOLS) $(TRUTH) $(REPLAY)

# ---- testing: unit tests and fuzz corpora are sanitised, e2e runs the release

RUN_TESTS = BUILD='$(abspath $(1))' GUST='$(abspath $(1))/gust' ci/run-tests
SANITISED = $(MAKE) --no-print-directory BUILD='$(BUILD)/asan' OPT='$(ASAN)'

test: all $(TOOLS) ## unit, e2e and interop tests; ends with "N passed, N failed"
	+@$(SANITISED) programs
	@$(call RUN_TESTS,$(BUILD)) \
	  $(UNIT:$(BUILD)/%=$(BUILD)/asan/%) $(REPLAY:$(BUILD)/%=$(BUILD)/asan/%) $(E2E) $(INTEROP)

unit: ## the unit tests alone
	+@$(SANITISED) programs
	@$(call RUN_TESTS,$(BUILD)/asan) $(UNIT:$(BUILD)/%=$(BUILD)/asan/%) \
	  $(REPLAY:$(BUILD)/%=$(BUILD)/asan/%)

asan: ## e2e tests with the whole program under ASan and UBSan
	+@$(SANITISED) programs
	@$(call RUN_TESTS,$(BUILD)/asan) $(E2E:$(BUILD)/%=$(BUILD)/asan/%)

tsan: ## unit and e2e tests under ThreadSanitizer
	@$(MAKE) --no-print-directory BUILD='$(BUILD)/tsan' OPT='$(TSAN)' programs
	@$(call RUN_TESTS,$(BUILD)/tsan) $(UNIT:$(BUILD)/%=$(BUILD)/tsan/%) \
	  $(E2E:$(BUILD)/%=$(BUILD)/tsan/%)

fuzz: ## every fuzz target for FUZZ_SECONDS (30) with libFuzzer
	@BUILD='$(BUILD)/fuzz' ci/fuzz '$(FUZZ_SECONDS)' $(FUZZ)

fuzz-programs: $(REPLAY)

bench: all $(TOOLS) $(BUILD)/tests/unit/test_search ## figures beside their goals and references
	@BUILD='$(abspath $(BUILD))' GUST='$(abspath $(BUILD))/gust' tests/bench/run

judge-study: $(STUDY) ## error rates by simulation, STUDY_RUNS (1000) of each STUDY_ROWS
	@mkdir -p '$(BUILD)/study'
	@$< -n '$(STUDY_RUNS)' -o '$(BUILD)/study/RESULTS.txt' $(STUDY_ROWS)

capacity-truth: all $(TRUTH) ## the simulated truth against a served one, three loads
	@BUILD='$(abspath $(BUILD))' GUST='$(abspath $(BUILD))/gust' tests/study/capacity_truth.sh

capacity-study: all $(TRUTH) ## 20 capacity searches against the simulated truth: half an hour
	@BUILD='$(abspath $(BUILD))' GUST='$(abspath $(BUILD))/gust' tests/study/capacity.sh

live-table: all ## verdicts on live pairs of known truth: 400 runs, over an hour
	@BUILD='$(abspath $(BUILD))' GUST='$(abspath $(BUILD))/gust' tests/study/live.sh

demo: all ## a load run against the built-in server, with its report
	@GUST='$(abspath $(BUILD))/gust' ci/demo-run

# ---- judging the source

CLANG_FORMAT ?= $(firstword $(shell command -v clang-format-14 clang-format))

lint: all ## layout, clang-tidy, cppcheck, layers, banned words, lengths, headers
	@CLANG_FORMAT='$(CLANG_FORMAT)' FLAGS='$(STD) $(WARN) $(INCLUDE)' BUILD='$(BUILD)' ci/lint

format: ## lay the C sources out as ci/clang-format says
	$(CLANG_FORMAT) --style=file:ci/clang-format -i $(C_FILES)

check: test asan tsan lint ## everything that must hold before a commit
	@BUILD='$(BUILD)/fuzz' ci/fuzz 5 $(FUZZ)

# ---- installing

MAN := $(BUILD)/gust.1
COMPLETION := $(BUILD)/gust.bash

$(MAN): $(BUILD)/gust
	$< man > $@
$(COMPLETION): $(BUILD)/gust
	$< completion bash > $@

install: all $(MAN) $(COMPLETION) ## into DESTDIR and PREFIX (/usr/local)
	install -D -m 755 $(BUILD)/gust '$(DESTDIR)$(PREFIX)/bin/gust'
	install -D -m 644 $(MAN) '$(DESTDIR)$(PREFIX)/share/man/man1/gust.1'
	install -D -m 644 $(COMPLETION) \
	  '$(DESTDIR)$(PREFIX)/share/bash-completion/completions/gust'
	install -d '$(DESTDIR)$(PREFIX)/share/gust/profiles/prices'
	install -m 644 $(wildcard profiles/*.json) '$(DESTDIR)$(PREFIX)/share/gust/profiles'
	install -m 644 $(wildcard profiles/prices/*.json) \
	  '$(DESTDIR)$(PREFIX)/share/gust/profiles/prices'
	install -d '$(DESTDIR)$(PREFIX)/share/gust/profiles/policies'
	install -m 644 $(wildcard profiles/policies/*.json) \
	  '$(DESTDIR)$(PREFIX)/share/gust/profiles/policies'
	install -d '$(DESTDIR)$(PREFIX)/share/gust/profiles/fleets'
	install -m 644 $(wildcard profiles/fleets/*.json) \
	  '$(DESTDIR)$(PREFIX)/share/gust/profiles/fleets'

clean: ## remove build/
	rm -rf '$(BUILD)'

-include $(OBJ:.o=.d) $(BUILD)/loadgen/main.d $(TEST_OBJ:.o=.d) \
  $(STUDY_OBJ:.o=.d) $(STUDY).d $(TRUTH_OBJ:.o=.d) $(TRUTH).d $(UNIT:%=%.d) $(TOOLS:%=%.d) $(REPLAY:%=%.d)
