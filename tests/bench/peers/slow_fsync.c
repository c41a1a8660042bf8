/* An LD_PRELOAD library that makes every fsync and fdatasync take a millisecond longer: a disk as
 * most have it. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <time.h>

static void delay(void)
{
	struct timespec span = {0, 1000000};
	nanosleep(&span, 0);
}

int fsync(int fd)
{
	static int (*real)(int);
	if (!real)
		real = (int (*)(int))dlsym(RTLD_NEXT, "fsync");
	delay();
	return real(fd);
}

int fdatasync(int fd)
{
	static int (*real)(int);
	if (!real)
		real = (int (*)(int))dlsym(RTLD_NEXT, "fdatasync");
	delay();
	return real(fd);
}
