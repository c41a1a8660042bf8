/* The process kith-activity. */
#include "activity.h"

int main(int argc, char **argv)
{
	return service_main(&activity_service, argc, argv);
}
