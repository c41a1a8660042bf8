/* The evaluation process. */
#include "evaluation.h"

int main(int argc, char **argv)
{
	return service_main(&evaluation_service, argc, argv);
}
