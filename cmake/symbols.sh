#!/bin/sh
# SPDX-License-Identifier: MIT
#
# symbols.sh NM CXXFILT IMAGE OUTPUT.S: the function names of an image as the table
# that its backtrace reads (kernel/base/symbol_table.hpp). The image is linked
# twice: without the table to learn the addresses, then with it. The table lies
# after all text, so the addresses hold.
set -eu
nm=$1 filter=$2 image=$3 output=$4

# Without parameters: the name is enough.
LC_ALL=C "$nm" -n "$image" | LC_ALL=C "$filter" -p | LC_ALL=C awk '
    # "ffffffff80106000 T base::print(...)": text symbols of the higher half.
    ($2 == "T" || $2 == "t" || $2 == "W" || $2 == "w") && substr($1, 1, 8) == "ffffffff" {
        address = substr($1, 9)
        name = $0
        sub(/^[^ ]+ [^ ]+ /, "", name)
        gsub(/\(anonymous namespace\)::/, "", name)
        sub(/ \[clone .*$/, "", name)
        while (sub(/\([^()]*\)/, "", name)) {}  # those left in the name of a lambda
        gsub(/operator(<=>|<<|>>|<|>|->)/, "operator?", name)
        while (sub(/<[^<>]+>/, "", name)) {}    # nor template arguments
        gsub(/["\\]/, "?", name)
        if (name == "" || address == last) next
        last = address
        count++
        addresses[count] = address
        names[count] = name
    }
    END {
        last = ""
        print "    .section .symbols, \"a\", @progbits"
        print "    .balign 8"
        printf "    .long %d\n", count
        for (i = 1; i <= count; i++) printf "    .long 0x%s\n", addresses[i]
        for (i = 1; i <= count; i++) {          # what a name shares with the last is a number
            name = substr(names[i], 1, 100)
            shared = 0
            while (shared < length(name) && substr(name, shared + 1, 1) == substr(last, shared + 1, 1)) shared++
            printf "    .byte %d\n    .asciz \"%s\"\n", shared, substr(name, shared + 1)
            last = name
        }
        print "    .section .note.GNU-stack, \"\", @progbits"
    }' >"$output.new"
mv "$output.new" "$output"
