/* Links: a word of an address's signs, looked at from its end. */
#include "link.h"

#include <stdint.h>
#include <string.h>
#include <strings.h>

#include "base/text.h"

#define TOKEN_MAX 256 /* what decides stands before */

/* Domains that a name alone is taken for an address under; under others it has a path as well. */
static const char *const domains[] = {"com",  "cn",   "net",  "org", "top", "xyz", "vip", "club",
				      "shop", "site", "info", "cc",  "tv",  "icu", NULL};
static const char *const more_domains[] = {"io",  "me", "co", "app", "dev", "link", "live",
					   "pro", "ru", "tk", "im",  "ly",  "gl",   NULL};
static const char *const shorteners[] = {"t.cn",   "url.cn", "dwz.cn",      "suo.im", "bit.ly",
					 "goo.gl", "is.gd",  "tinyurl.com", "t.co",   NULL};

static bool is_among(const char *const *list, const char *text, size_t size)
{
	for (; *list; list++)
		if (strlen(*list) == size && strncasecmp(*list, text, size) == 0)
			return true;

	return false;
}

static bool is_of_address(unsigned char byte)
{
	return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') ||
	       (byte >= '0' && byte <= '9') || (byte && strchr("-._~:/?#@&=%+", byte));
}

static bool is_link(const char *token, size_t size, bool *ret_hides)
{
	const char *scheme = memmem(token, size, "://", 3);
	bool web = (scheme && scheme > token) || (size > 4 && strncasecmp(token, "www.", 4) == 0);
	const char *host = scheme ? scheme + 3 : token;
	size_t length = size - (size_t)(host - token);
	size_t end = 0, dot = SIZE_MAX;

	if (length > 4 && strncasecmp(host, "www.", 4) == 0) {
		host += 4;
		length -= 4;
	}
	while (end < length && !strchr("/?#:", host[end])) {
		if (host[end] == '@')
			return web;
		if (host[end] == '.' && end + 1 < length && !strchr("/?#:.", host[end + 1]))
			dot = end;
		end++;
	}
	while (end && host[end - 1] == '.')
		end--;
	*ret_hides |= is_among(shorteners, host, end);
	if (web)
		return true;
	if (dot == SIZE_MAX || dot == 0 || dot + 1 >= end)
		return false;

	return is_among(domains, host + dot + 1, end - dot - 1) ||
	       (end + 1 < length && host[end] == '/' &&
		is_among(more_domains, host + dot + 1, end - dot - 1));
}

struct links links_of(const char *text, size_t size)
{
	struct links links = {0};

	for (size_t at = 0; at < size;) {
		size_t start = at;

		while (at < size && is_of_address((unsigned char)text[at]))
			at++;
		if (at == start) {
			at++;
			continue;
		}

		size_t length = at - start < TOKEN_MAX ? at - start : TOKEN_MAX;

		if (!memchr(text + start, '.', length) ||
		    !is_link(text + start, length, &links.hides))
			continue;
		if (links.count++ == 0) {
			links.start = start;
			links.end = at;
		}
	}

	return links;
}
