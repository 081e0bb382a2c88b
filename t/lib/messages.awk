# messages: of each text that a C file hands to err_set, err_sys, cli_warn, log_error or log_warn
# its longest part between conversions, a line each; not of mistakes in usage, which say where
# help is.

{ text = text $0 "\n" }

# The literals of one call, joined, from just behind its bracket; rest is what follows them.
function literal(   depth, c, out, started, between) {
	depth = 1
	before = between = ""
	while (depth > 0 && text != "") {
		c = substr(text, 1, 1)
		text = substr(text, 2)
		if (c == "\"") {
			if (between ~ /PRI/)
				out = out "d"		# the end of a conversion
			else if (between ~ /[?:A-Z]/)
				out = out "%s"		# one or the other, or a macro
			between = ""
			started = 1
			while ((c = substr(text, 1, 1)) != "\"") {
				out = out (c == "\\" ? substr(text, 1, 2) : c)
				text = substr(text, c == "\\" ? 3 : 2)
			}
			text = substr(text, 2)
			continue
		}
		if (c == "(")
			depth++
		else if (c == ")")
			depth--
		else if (c == "," && depth == 1 && started)
			break
		if (!started)
			before = before c
		between = between c
	}
	return out
}

function longest(format,   parts, n, i, best) {
	gsub(/%%/, "\001", format)
	gsub(/%[-#0-9 +.*]*(z|j|l|h)*[a-zA-Z]?/, "\001", format)
	gsub(/\\./, "\001", format)
	n = split(format, parts, "\001")
	for (i = 1; i <= n; i++) {
		gsub(/^[ :;,.'()]+|[ :;,.'()]+$/, "", parts[i])
		if (length(parts[i]) > length(best))
			best = parts[i]
	}
	return best
}

END {
	while (match(text, /(err_set|err_sys|cli_warn|log_error|log_warn)\(/)) {
		text = substr(text, RSTART + RLENGTH)
		format = literal()
		part = longest(format)
		if (before !~ /ERR_USAGE|ERR_INTERNAL/ && length(part) > 5)
			print part
	}
}
