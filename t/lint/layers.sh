#!/bin/bash
# Who may include whom.  A folder of lib/ sees itself and what stands on its row; bin/ sees all;
# each outside library has one owner.  Tests are free.

. t/lib/lint.bash

# shellcheck disable=SC2046 # names are words
awk '
BEGIN {
	may["base"] = ""
	may["core"] = "base"
	may["msg"] = "base core"
	may["conf"] = "base core"
	may["spool"] = "base core msg"
	may["state"] = "base core spool"
	may["logs"] = "base spool"
	may["ev"] = "base"
	may["agent"] = "base core msg conf spool"
	may["transport"] = "base"
	may["view"] = "base core msg conf spool state logs"
	may["client"] = "base core msg spool"
	may["cli"] = "base core msg"
	may["sim"] = "base core msg"

	owner["sqlite3.h"] = "state"
	owner["zlib.h"] = "base logs"
	owner["libssh2"] = "transport"
	owner["event2/"] = "ev"
	owner["event.h"] = "ev"
	owner["jansson.h"] = "client"
	owner["libssh2.h"] = owner["libssh2_sftp.h"] = owner["libssh2"]
}

function finding(text) {
	print FILENAME ":" FNR ": " text
	found = 1
}

function has(list, word) {
	return index(" " list " ", " " word " ")
}

FNR == 1 {
	split(FILENAME, part, "/")
	inlib = part[1] == "lib"
	folder = inlib ? part[2] : "bin"
	if (inlib && !(folder in may))
		finding("no such folder in the table of layers: " folder)
}

/^[ \t]*#[ \t]*include[ \t]*"/ {
	split($0, quoted, "\"")
	slash = index(quoted[2], "/")
	target = substr(quoted[2], 1, slash - 1)
	if (!slash && inlib)
		finding("write \"folder/header\": " quoted[2])
	else if (slash && !(target in may))
		finding("no such folder: " quoted[2])
	else if (inlib && target != folder && !has(may[folder], target))
		finding(folder " may not include " target ": " quoted[2])
}

/^[ \t]*#[ \t]*include[ \t]*</ {
	split($0, angled, /[<>]/)
	outside = angled[2]
	if (index(outside, "event2/") == 1)
		outside = "event2/"
	if (outside in owner && !has(owner[outside], folder))
		finding(folder " may not include <" angled[2] ">, only " owner[outside])
}

END { exit found }
' $(sources '*.[ch]' | grep -v '^t/') /dev/null
