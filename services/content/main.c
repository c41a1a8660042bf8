/* The process kith-content. */
#include "content.h"

int main(int argc, char **argv)
{
	return service_main(&content_service, argc, argv);
}
