/* beside: the other programs of this installation. */
#ifndef BASE_BESIDE_H
#define BASE_BESIDE_H

/*
 * The path of a program in the folder of the one that runs, which the caller frees; its
 * name alone, for PATH, where that folder cannot be found out.
 */
char *program_beside(const char *name);

#endif
