/* How like two texts are: a fingerprint of 64 bits in which texts of nearly the same words differ
 * by few. */
#ifndef KITH_CONTENT_SIMHASH_H
#define KITH_CONTENT_SIMHASH_H

#include <stdint.h>

struct words;

/* Words a text must have so that being like another one means something. */
#define SIMHASH_WORDS_MIN 12

/* Bits that near-duplicates differ by at most: two that differ by no more agree in one of four
 * quarters at least, by which they are found. */
#define SIMHASH_DISTANCE_MAX 3

uint64_t simhash_of(const struct words *words);

#endif
