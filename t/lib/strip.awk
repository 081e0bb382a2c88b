# strip(line): a line of C without its comments and without what stands in its literals.  Lines
# are to be handed in as they come, since a comment may go on; a new file starts outside one.

function strip(s,   out, i, token) {
	if (FNR == 1)
		commented = 0
	for (;;) {
		if (commented) {
			if (!(i = index(s, "*/")))
				return out
			s = substr(s, i + 2)
			commented = 0
			out = out " "
		}
		if (!match(s, /\/\*|\/\/|"([^"\\]|\\.)*"|'([^'\\]|\\.)*'/))
			return out s
		token = substr(s, RSTART, 2)
		out = out substr(s, 1, RSTART - 1)
		if (token == "//")
			return out
		if (token == "/*")
			commented = 1
		else
			out = out substr(token, 1, 1) substr(token, 1, 1)
		s = substr(s, RSTART + RLENGTH)
	}
}
