/* Runs a fuzz target without libFuzzer: mutates the seeds of a file a fixed number of times, the
 * same way every time. mutate SEEDS COUNT */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/text.h"

#define SEEDS_MAX 256
#define INPUT_MAX 65536

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct buf seeds[SEEDS_MAX];
static size_t n_seeds;
static uint64_t chance = 1;

static uint64_t draw(uint64_t below)
{
	uint64_t z = (chance += UINT64_C(0x9e3779b97f4a7c15));

	z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
	return (z ^ (z >> 31)) % below;
}

static void read_seed(const char *line, struct buf *seed)
{
	for (; *line != '\0' && *line != '\n'; line++) {
		char hex[3];
		uint8_t byte;

		if (text_starts(line, "\\x") && line[2] != '\0' && line[3] != '\0') {
			memcpy(hex, line + 2, 2);
			hex[2] = '\0';
			if (text_unhex(hex, &byte, 1)) {
				buf_add_char(seed, (char)byte);
				line += 3;
				continue;
			}
		}
		buf_add_char(seed, *line);
	}
}

static int read_seeds(const char *file)
{
	FILE *f = fopen(file, "re");
	char *line = NULL;
	size_t size = 0;

	if (f == NULL)
		return -1;
	while (n_seeds < SEEDS_MAX && getline(&line, &size, f) >= 0)
		read_seed(line, &seeds[n_seeds++]);
	free(line);
	fclose(f);
	return n_seeds > 0 ? 0 : -1;
}

/* One change: a bit, a byte, a piece away, a piece twice, or a piece of another seed. */
static void mutate(struct buf *input)
{
	static const char edges[] = {0,   1,   127,  (char)128, (char)255, '"',
				     '{', '}', '\n', '\\',      ':'};
	size_t at = input->size > 0 ? draw(input->size) : 0;
	size_t length = input->size > at ? 1 + draw(input->size - at) : 0;
	const struct buf *other = &seeds[draw(n_seeds)];

	switch (draw(6)) {
	case 0:
		if (input->size > 0)
			input->data[at] = (char)(input->data[at] ^ (1 << draw(8)));
		break;
	case 1:
		if (input->size > 0)
			input->data[at] = edges[draw(sizeof(edges))];
		break;
	case 2:
		memmove(input->data + at, input->data + at + length, input->size - at - length);
		input->size -= length;
		break;
	case 3:
		if (length > 0 && input->size + length < INPUT_MAX) {
			CLEANUP(buf_fini) struct buf piece = {0};
			buf_add(&piece, input->data + at, length);
			buf_add(input, piece.data, piece.size);
		}
		break;
	case 4:
		if (other->size > 0 && input->size + other->size < INPUT_MAX) {
			size_t from = draw(other->size);
			buf_add(input, other->data + from, 1 + draw(other->size - from));
		}
		break;
	default:
		input->size = at;
	}
}

int main(int argc, char **argv)
{
	int64_t count;

	if (argc != 3 || read_seeds(argv[1]) < 0 || !text_int64(argv[2], &count)) {
		fprintf(stderr, "usage: %s SEEDS COUNT\n", argv[0]);
		return 2;
	}
	for (size_t i = 0; i < n_seeds; i++)
		LLVMFuzzerTestOneInput((const uint8_t *)seeds[i].data, seeds[i].size);
	for (int64_t i = 0; i < count; i++) {
		const struct buf *seed = &seeds[draw(n_seeds)];
		struct buf input = {0};

		buf_add(&input, seed->data != NULL ? seed->data : "", seed->size);
		for (uint64_t n = 1 + draw(6); n > 0; n--)
			mutate(&input);
		/* An exact copy, so that reading one byte too many is seen. */
		uint8_t *exact = malloc(input.size > 0 ? input.size : 1);
		if (exact == NULL)
			return 2;
		if (input.size > 0)
			memcpy(exact, input.data, input.size);
		LLVMFuzzerTestOneInput(exact, input.size);
		free(exact);
		buf_fini(&input);
	}
	for (size_t i = 0; i < n_seeds; i++)
		buf_fini(&seeds[i]);
	printf("%zu seeds, %lld mutations\n", n_seeds, (long long)count);
	return 0;
}
