# gust: everything generated stays under build/.
CC ?= gcc
BUILD ?= build
STD = -std=c11 -D_POSIX_C_SOURCE=200809L -D_DEFAULT_SOURCE
WARN = -Wall -Wextra -Wpedantic -Werror -Wshadow -Wconversion -Wstrict-prototypes \
  -Wmissing-prototypes -Wold-style-definition -Wwrite-strings -Wcast-qual -Wpointer-arith \
  -Wformat=2 -Wundef -Wvla -Wswitch-enum -Wdouble-promotion
OPT ?= -O2 -g -D_FORTIFY_SOURCE=2 -fstack-protector-strong
CFLAGS_ALL = $(STD) $(WARN) $(OPT) -fno-common -ffp-contract=off -pthread -Iloadgen -Ireport -I. -I$(BUILD)/gen -MMD -MP $(CFLAGS)
LIBS = -lcurl -lev -ljansson -lz -lzstd -lm -pthread

SRC := $(filter-out loadgen/main.c,$(wildcard loadgen/*/*.c report/*/*.c fixtures/*.c))
OBJ := $(SRC:%.c=$(BUILD)/%.o)

all: $(BUILD)/gust

$(BUILD)/gust: $(BUILD)/loadgen/main.o $(BUILD)/libgust.a
	$(CC) $(LDFLAGS) -o $@ $^ $(LIBS)
$(BUILD)/libgust.a: $(OBJ)
	@rm -f $@
	ar rcs $@ $^
$(BUILD)/%.o: %.c
	@mkdir -p $(@D)
	$(CC) $(CFLAGS_ALL) -c -o $@ $<

$(BUILD)/tests/unit/%: tests/unit/%.c $(BUILD)/libgust.a
	@mkdir -p $(@D)
	$(CC) $(CFLAGS_ALL) -Itests/unit -o $@ $< $(BUILD)/libgust.a $(LIBS)

.PHONY: all clean
clean:
	rm -rf $(BUILD)
-include $(OBJ:.o=.d)
