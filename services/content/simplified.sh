#!/bin/sh
# Makes simplified.h of Unihan's variants: simplified.sh UNIHAN_VARIANTS.bz2 HEADER
set -eu
{
	echo "/* Made by simplified.sh of Unihan; do not edit. 0: the sign is its own. */"
	echo "static const uint16_t simplified[0x10000] = {"
	bzcat "$1" | awk '$2 == "kSimplifiedVariant" && length($1) == 6 {
		for (i = 3; i <= NF; i++) if ($i != $1 && length($i) == 6) {
			printf "\t[0x%s] = 0x%s,\n", substr($1, 3), substr($i, 3)
			break
		}
	}'
	echo "};"
} >"$2"
