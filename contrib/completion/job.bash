# bash completion for the job programs: options from --help, ids and names from jobq.
# Install as share/bash-completion/completions/<program>, or source it.

_job_complete() {
	local program=$1 word=$2 options
	case $word in
	-*)
		options=$("$program" --help 2>/dev/null | grep -o -- '--[a-z][a-z-]*' | sort -u)
		mapfile -t COMPREPLY < <(compgen -W "$options" -- "$word")
		return
		;;
	esac
	case ${program##*/} in
	jobsub)
		mapfile -t COMPREPLY < <(compgen -c -- "$word")
		;;
	jobq | jobd) ;;
	jobcron)
		options='add set edit list show next test pause resume run skip'
		options+=' replay rm import export'
		mapfile -t COMPREPLY < <(compgen -W "$options" -- "$word")
		;;
	jobsim)
		mapfile -t COMPREPLY < <(compgen -f -- "$word")
		;;
	jobadm)
		mapfile -t COMPREPLY < <(compgen -W 'worker doctor' -- "$word")
		;;
	*)
		mapfile -t COMPREPLY < <(compgen -W "$(jobq -a -h -o id 2>/dev/null)" -- "$word")
		;;
	esac
}

complete -F _job_complete jobsub jobq jobstat jobcancel joblog jobwait jobctl jobcron jobadm jobd \
	jobsim
