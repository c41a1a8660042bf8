/* Civil dates and RFC 3339 times, in the proleptic Gregorian calendar. Declared in text.h. */
#include <stdio.h>

#include "text.h"

#define DAY_US   (INT64_C(86400) * 1000000)
#define YEAR_MIN 1
#define YEAR_MAX 9999

/* Years are counted from March, so that the leap day is a year's last; 400 of them are 146,097
 * days. 719,468 days lie between 0000-03-01 and 1970-01-01. */
static int32_t day_of(int32_t year, int32_t month, int32_t day)
{
	int32_t shifted = year - (month <= 2), era = shifted / 400, in_era = shifted % 400;
	int32_t in_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;

	return era * 146097 + in_era * 365 + in_era / 4 - in_era / 100 + in_year - 719468;
}

static void civil_of(int32_t day, int32_t *ret_year, int32_t *ret_month, int32_t *ret_day)
{
	int32_t since = day + 719468, era = since / 146097, in_era = since % 146097;
	int32_t year = (in_era - in_era / 1460 + in_era / 36524 - in_era / 146096) / 365;
	int32_t in_year = in_era - (365 * year + year / 4 - year / 100);
	int32_t month = (5 * in_year + 2) / 153;

	*ret_day = in_year - (153 * month + 2) / 5 + 1;
	*ret_month = month < 10 ? month + 3 : month - 9;
	*ret_year = year + era * 400 + (*ret_month <= 2);
}

/* Exactly `n` digits. */
static bool digits(const char *at, int n, int32_t *ret)
{
	int32_t value = 0;

	for (int i = 0; i < n; i++) {
		if (at[i] < '0' || at[i] > '9')
			return false;
		value = value * 10 + (at[i] - '0');
	}

	*ret = value;
	return true;
}

static bool date_at(const char *at, int32_t *ret_day)
{
	static const int32_t lengths[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
	int32_t year, month, day, length;

	if (!digits(at, 4, &year) || at[4] != '-' || !digits(at + 5, 2, &month) || at[7] != '-' ||
	    !digits(at + 8, 2, &day))
		return false;
	if (year < YEAR_MIN || month < 1 || month > 12 || day < 1)
		return false;

	length = lengths[month - 1];
	if (month == 2 && year % 4 == 0 && (year % 100 != 0 || year % 400 == 0))
		length = 29;
	if (day > length)
		return false;

	*ret_day = day_of(year, month, day);
	return true;
}

bool text_date(const char *string, int32_t *ret_day)
{
	int32_t day;

	if (!date_at(string, &day) || string[10])
		return false;

	*ret_day = day;
	return true;
}

void text_from_date(int32_t day, char *ret)
{
	int32_t year, month, in_month;

	civil_of(day, &year, &month, &in_month);
	/* The masks change nothing within years 1 to 9999; they bound the width for the compiler.
	 */
	snprintf(ret, 11, "%04u-%02u-%02u", (unsigned)year % 10000, (unsigned)month % 100,
		 (unsigned)in_month % 100);
}

/* "Z" or "+hh:mm" to the end of the string. */
static bool offset_at(const char *at, int32_t *ret_offset_s)
{
	int32_t hours, minutes;

	if ((at[0] == 'Z' || at[0] == 'z') && !at[1]) {
		*ret_offset_s = 0;
		return true;
	}
	if ((at[0] != '+' && at[0] != '-') || !digits(at + 1, 2, &hours) || at[3] != ':' ||
	    !digits(at + 4, 2, &minutes) || at[6] || hours > 23 || minutes > 59)
		return false;

	*ret_offset_s = (hours * 3600 + minutes * 60) * (at[0] == '-' ? -1 : 1);
	return true;
}

bool text_time(const char *string, int64_t *ret_us, int32_t *ret_offset_s)
{
	int32_t day, hour, minute, second, offset_s;
	int64_t us, fraction_us = 0;
	const char *at = string;

	if (!date_at(at, &day) || (at[10] != 'T' && at[10] != 't' && at[10] != ' ') ||
	    !digits(at + 11, 2, &hour) || at[13] != ':' || !digits(at + 14, 2, &minute) ||
	    at[16] != ':' || !digits(at + 17, 2, &second))
		return false;
	/* A leap second is the first instant of the next minute. */
	if (hour > 23 || minute > 59 || second > 60)
		return false;
	at += 19;

	if (*at == '.') {
		int64_t unit = 100000;
		int n = 0;

		for (at++; *at >= '0' && *at <= '9'; at++, n++, unit /= 10)
			fraction_us += unit * (*at - '0');
		if (n == 0 || n > 9)
			return false;
	}
	if (!offset_at(at, &offset_s))
		return false;

	us = day * DAY_US + (hour * 3600 + minute * 60 + second - (int64_t)offset_s) * 1000000 +
	     fraction_us;
	if (us < day_of(YEAR_MIN, 1, 1) * DAY_US || us >= day_of(YEAR_MAX + 1, 1, 1) * DAY_US)
		return false;

	*ret_us = us;
	if (ret_offset_s)
		*ret_offset_s = offset_s;
	return true;
}

void text_from_time(int64_t us, char *ret)
{
	int64_t day = us / DAY_US - (us % DAY_US < 0), in_day_us = us - day * DAY_US;
	unsigned second = (unsigned)(in_day_us / 1000000) % 86400;
	unsigned fraction = (unsigned)(in_day_us % 1000000);
	char *at = ret + 10;

	text_from_date((int32_t)day, ret);
	at += snprintf(at, 10, "T%02u:%02u:%02u", second / 3600, second / 60 % 60, second % 60);
	if (fraction % 1000)
		at += snprintf(at, 8, ".%06u", fraction % 1000000);
	else if (fraction)
		at += snprintf(at, 5, ".%03u", fraction / 1000 % 1000);
	at[0] = 'Z';
	at[1] = '\0';
}
