#!/bin/bash
# The second compiler has nothing to say either.

. t/lib/lint.bash

flags=$(make -s warnings) || exit 1
# shellcheck disable=SC2086 # flags are words
sources '*.c' | grep -v '^t/fuzz/' |
    xargs -r -n 25 -P "$(nproc)" clang $flags -fsyntax-only || found=1
exit $found
