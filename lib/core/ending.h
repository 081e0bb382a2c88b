/* ending: how a job ended, as one exit status (SPEC 1.4 of the suite's manual). */
#ifndef CORE_ENDING_H
#define CORE_ENDING_H

enum job_exit {
	EXIT_SOME_FAILED = 1, EXIT_TIMED_OUT = 124, EXIT_SCHEDULER = 125,
	EXIT_NOT_EXECUTABLE = 126, EXIT_NOT_FOUND = 127, EXIT_SIGNAL = 128
};

/* The exit status that a waiter gives for an ended job; -1: not ended. */
int exit_of_job(int status, int reason, int exit_code, int signal);

#endif
