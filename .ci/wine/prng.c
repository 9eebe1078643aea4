/* For tests only: Go wants bcryptprimitives.dll, which Wine has from version 9 on. */
__declspec(dllimport) unsigned char __stdcall SystemFunction036(void *buffer, unsigned long size);

__declspec(dllexport) int ProcessPrng(unsigned char *buffer, unsigned long long size) {
	return SystemFunction036(buffer, (unsigned long)size);
}
