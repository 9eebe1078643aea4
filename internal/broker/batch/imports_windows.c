/* librdkafka_windows.a is compiled by MSVC and takes these two from a DLL's
 * import table; zig's C runtime has no such entries. The table entries are
 * plain pointers, so they can be given here. */
#include <stdarg.h>
#include <stdio.h>

static int imported_vsnprintf(char *buf, size_t size, const char *format, va_list args) {
	int n = vsnprintf(buf, size, format, args);
	return n < 0 || (size_t)n >= size ? -1 : n;
}

static int imported_vsnprintf_s(char *buf, size_t size, size_t count, const char *format, va_list args) {
	if (!buf || !size || !format)
		return -1;
	return imported_vsnprintf(buf, count < size ? count + 1 : size, format, args);
}

int (*__imp__vsnprintf)(char *, size_t, const char *, va_list) = imported_vsnprintf;
int (*__imp__vsnprintf_s)(char *, size_t, size_t, const char *, va_list) = imported_vsnprintf_s;
