/*
 * powercut DIR: the ext4 file system that DIR is on stops as if the power had gone: what was
 * not synced is lost, every further access fails until it is unmounted.
 */
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define EXT4_IOC_SHUTDOWN _IOR('X', 125, uint32_t)
#define WITHOUT_FLUSHING_THE_LOG 2u

int main(int argc, char **argv)
{
	uint32_t how = WITHOUT_FLUSHING_THE_LOG;
	int fd = argc == 2 ? open(argv[1], O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;

	if (fd == -1 || ioctl(fd, EXT4_IOC_SHUTDOWN, &how) == -1) {
		perror(argc == 2 ? argv[1] : "usage: powercut DIR");
		return 1;
	}
	close(fd);
	return 0;
}
