/* One small file a running import: the number of lines that are done. */
#include "checkpoint.h"

#include <inttypes.h>
#include <limits.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/text.h"

/* SHA-256 of the secret and the file's bytes; false when it cannot be read. */
static bool digest(const char *file, const uint8_t secret[static 32], uint8_t ret[static 32])
{
	FILE *f = fopen(file, "re");
	EVP_MD_CTX *hash = EVP_MD_CTX_new();
	char bytes[65536];
	bool done = false;
	size_t n;

	if (f != NULL && hash != NULL && EVP_DigestInit_ex(hash, EVP_sha256(), NULL) == 1) {
		EVP_DigestUpdate(hash, secret, 32);
		while ((n = fread(bytes, 1, sizeof(bytes), f)) > 0)
			EVP_DigestUpdate(hash, bytes, n);
		done = ferror(f) == 0 && EVP_DigestFinal_ex(hash, ret, NULL) == 1;
	}
	EVP_MD_CTX_free(hash);
	if (f != NULL)
		fclose(f);
	return done;
}

static void make_folders(char *path)
{
	for (char *slash = strchr(path + 1, '/'); slash != NULL; slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		mkdir(path, 0700); /* what matters is whether the file can be written */
		*slash = '/';
	}
}

void checkpoint_init(struct checkpoint *checkpoint, struct arena *arena, const char *file,
		     const uint8_t secret[static 32])
{
	const char *state = getenv("XDG_STATE_HOME"), *home = getenv("HOME");
	uint8_t hash[32];
	char name[33], *path;
	struct stat about;

	checkpoint->path = NULL;
	if (text_equal(file, "-") || stat(file, &about) < 0 || !S_ISREG(about.st_mode) ||
	    !digest(file, secret, hash))
		return;
	text_hex(hash, 16, name);
	if (state != NULL && *state == '/')
		path = arena_printf(arena, "%s/kith/import-%s", state, name);
	else if (home != NULL && *home == '/')
		path = arena_printf(arena, "%s/.local/state/kith/import-%s", home, name);
	else
		return;
	make_folders(path);
	checkpoint->path = path;
}

uint64_t checkpoint_read(const struct checkpoint *checkpoint)
{
	FILE *f = checkpoint->path != NULL ? fopen(checkpoint->path, "re") : NULL;
	char text[32] = "";
	uint64_t lines = 0;

	if (f == NULL)
		return 0;
	if (fgets(text, sizeof(text), f) != NULL) {
		text[strcspn(text, "\n")] = '\0';
		if (!text_uint64(text, &lines))
			lines = 0;
	}
	fclose(f);
	return lines;
}

void checkpoint_write(const struct checkpoint *checkpoint, uint64_t lines)
{
	char next[PATH_MAX];

	if (checkpoint->path == NULL ||
	    snprintf(next, sizeof(next), "%s.next", checkpoint->path) >= (int)sizeof(next))
		return;

	FILE *f = fopen(next, "we");
	if (f == NULL)
		return;
	fprintf(f, "%" PRIu64 "\n", lines);
	if (fclose(f) == 0)
		rename(next, checkpoint->path);
}

void checkpoint_remove(const struct checkpoint *checkpoint)
{
	if (checkpoint->path != NULL)
		unlink(checkpoint->path);
}
