/* For tests only: Go wants bcryptprimitives.dll, which Wine has from version 9 on.
 * It is linked without a C runtime, so it brings its own entry point. */
__declspec(dllimport) unsigned char __stdcall SystemFunction036(void *buffer, unsigned long size);

__declspec(dllexport) int ProcessPrng(unsigned char *buffer, unsigned long long size) {
	return SystemFunction036(buffer, (unsigned long)size);
}

int __stdcall DllMainCRTStartup(void *module, unsigned long reason, void *reserved) {
	(void)module, (void)reason, (void)reserved;
	return 1;
}
