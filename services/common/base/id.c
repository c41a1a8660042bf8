/* RFC 9562 UUIDs: version 7 for what is born here, version 8 for outside names. */
#include "id.h"

#include <errno.h>
#include <openssl/evp.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/random.h>

#include "clock.h"
#include "log.h"
#include "text.h"

/* Milliseconds and a 12-bit counter in one number that only grows: that is the order of ids. */
static _Atomic uint64_t last_tick;

/* Random bytes are fetched a pool at a time: a system call an id would cost more than the id. */
static _Thread_local uint8_t pool[512];
static _Thread_local size_t pool_left;

static uint64_t next_tick(void)
{
	uint64_t now = (uint64_t)(clock_wall_us() / 1000) << 12;
	uint64_t last = atomic_load(&last_tick), tick;

	do
		tick = now > last ? now : last + 1;
	while (!atomic_compare_exchange_weak(&last_tick, &last, tick));

	return tick;
}

static void stamp(uint8_t bytes[static 16], unsigned version)
{
	bytes[6] = (uint8_t)((bytes[6] & 0x0f) | version << 4);
	bytes[8] = (uint8_t)((bytes[8] & 0x3f) | 0x80);
}

void id_new(char ret[static ID_SIZE])
{
	uint64_t tick = next_tick();
	uint8_t bytes[16];

	if (pool_left < 8) {
		id_random(pool, sizeof(pool));
		pool_left = sizeof(pool);
	}
	pool_left -= 8;
	memcpy(bytes + 8, pool + pool_left, 8);

	for (unsigned i = 0; i < 6; i++)
		bytes[i] = (uint8_t)(tick >> (52 - 8 * i));
	bytes[6] = (uint8_t)(tick >> 8 & 0x0f);
	bytes[7] = (uint8_t)tick;
	stamp(bytes, 7);

	id_from_bytes(bytes, ret);
}

void id_of(const char *space, const char *name, char ret[static ID_SIZE])
{
	uint8_t digest[EVP_MAX_MD_SIZE];
	EVP_MD_CTX *context = EVP_MD_CTX_new();

	if (!context || EVP_DigestInit_ex(context, EVP_sha256(), NULL) != 1 ||
	    EVP_DigestUpdate(context, space, strlen(space) + 1) != 1 ||
	    EVP_DigestUpdate(context, name, strlen(name)) != 1 ||
	    EVP_DigestFinal_ex(context, digest, NULL) != 1)
		log_die("digest-failed", "algorithm=sha256");
	EVP_MD_CTX_free(context);

	stamp(digest, 8);
	id_from_bytes(digest, ret);
}

static bool is_dash(size_t i)
{
	return i == 8 || i == 13 || i == 18 || i == 23;
}

bool id_is_valid(const char *string)
{
	uint8_t bytes[16];

	return id_to_bytes(string, bytes);
}

bool id_to_bytes(const char *string, uint8_t ret[static 16])
{
	char hex[33];
	size_t n = 0;

	if (strnlen(string, ID_SIZE) != ID_SIZE - 1)
		return false;

	for (size_t i = 0; i < ID_SIZE - 1; i++) {
		if (!is_dash(i))
			hex[n++] = string[i];
		else if (string[i] != '-')
			return false;
	}
	hex[n] = '\0';

	return text_unhex(hex, ret, 16);
}

void id_from_bytes(const uint8_t bytes[static 16], char ret[static ID_SIZE])
{
	char hex[33];
	size_t n = 0;

	text_hex(bytes, 16, hex);
	for (size_t i = 0; i < ID_SIZE - 1; i++)
		ret[i] = is_dash(i) ? '-' : hex[n++];
	ret[ID_SIZE - 1] = '\0';
}

void id_random(void *ret, size_t size)
{
	uint8_t *to = ret;

	while (size) {
		ssize_t got = getrandom(to, size, 0);

		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			log_die("no-randomness", "errno=%d", errno);
		to += got;
		size -= (size_t)got;
	}
}
