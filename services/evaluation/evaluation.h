/* The evaluation service as a process starts it. */
#ifndef KITH_EVALUATION_EVALUATION_H
#define KITH_EVALUATION_EVALUATION_H

#include "service/service.h"

extern const struct service evaluation_service;

#endif
