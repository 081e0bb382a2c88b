# bash completion for the job programs: words from --help, live ids and names from jobq.
# Install as share/bash-completion/completions/<program>, or source it.
#
# Bounded: of however many jobs, the caller's newest 50 are offered.  No worker is asked.

# _job_verbs PROGRAM: the words behind it in its usage.
_job_verbs() {
	"$1" --help 2>/dev/null |
	    sed -nE "/^[A-Z]/q; s/^(usage:)? *${1##*/} ([a-z|]*)( .*)?$/\2/p" | tr '|' '\n'
}

# _job_recent FIELDS: of the caller's newest jobs.
_job_recent() { jobq -a -h --tsv -o "$1" -j last:50 2>/dev/null; }

# As numbers and as %name.
_job_ids() { _job_recent id,name | sed 's/	\(..*\)$/\n%\1/'; }

_job_schedules() { jobcron list -h --tsv 2>/dev/null | sed 's/	\([^	]*\)	.*/\n%\1/'; }
_job_workers() { jobadm worker list -h --tsv -o name 2>/dev/null; }

# _job_value PROGRAM OPTION: the words that may stand behind it; 1: it is not known to take some.
_job_value() {
	case $1:$2 in
	*:-q | *:--queue) _job_recent queue ;;
	jobsub:-w | jobsub:-x | jobq:-w | jobcancel:-w | *:--worker | *:--exclude) _job_workers ;;
	jobq:-t | jobcancel:-t | *:--states)
		printf '%s\n' queued scheduled running completed failed cancelled ;;
	jobctl:--only) printf '%s\n' failed cancelled ;;
	jobsub:-d | jobsub:--after) _job_recent id | sed 's/^/ok:/' ;;
	jobq:-n | jobcancel:-n) _job_recent name ;;
	jobq:-j) _job_ids ;;
	*) return 1 ;;
	esac
}

# _job_operands PROGRAM VERB: what the program is given, behind its verb if it has them.
_job_operands() {
	case $1 in
	jobctl) if [ -n "$2" ]; then _job_ids; else _job_verbs "$1"; fi ;;
	jobcron) if [ -n "$2" ]; then _job_schedules; else _job_verbs "$1"; fi ;;
	jobadm)
		case $2 in
		'') _job_verbs "$1" | sort -u ;;
		worker) "$1" --help | sed -n 's/.*jobadm worker \([a-z]*\).*/\1/p'; _job_workers ;;
		*) return 1 ;;
		esac ;;
	jobstat | joblog | jobwait | jobcancel) _job_ids ;;
	*) return 1 ;;
	esac
}

_job_complete() {
	local program=${1##*/} word=$2 previous=$3 list verb='' i
	case $word in
	-*)
		list=$("$1" --help 2>/dev/null | grep -o -- '--[a-z][a-z-]*' | sort -u)
		mapfile -t COMPREPLY < <(compgen -W "$list" -- "$word")
		return ;;
	esac
	for ((i = 1; i < COMP_CWORD; i++)); do
		[[ ${COMP_WORDS[i]} = -* ]] || { verb=${COMP_WORDS[i]}; break; }
	done
	if list=$(_job_value "$program" "$previous") ||
	    list=$(_job_operands "$program" "$verb"); then
		mapfile -t COMPREPLY < <(compgen -W "$list" -- "$word")
	elif [ "$program" = jobsub ] && [ "$previous" = jobsub ]; then
		mapfile -t COMPREPLY < <(compgen -c -- "$word")
	else
		mapfile -t COMPREPLY < <(compgen -f -- "$word")
	fi
}

complete -F _job_complete jobsub jobq jobstat jobcancel joblog jobwait jobctl jobcron jobadm jobd \
	jobsim
