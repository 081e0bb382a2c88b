#!/bin/bash
# The project speaks of itself only: no path of the machine on which it was written.

! grep -rnIE --exclude-dir=.git --exclude=.git --exclude-dir=build '/wor[k]/|/tmp/pla[n]' .
