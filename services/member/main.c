/* The process kith-member. */
#include "member.h"

int main(int argc, char **argv)
{
	return service_main(&member_service, argc, argv);
}
