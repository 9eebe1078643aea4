package batch

// const char *OpenSSL_version(int type);
import "C"

// OpenSSLVersion gives the version text of the OpenSSL that is linked in.
func OpenSSLVersion() string { return C.GoString(C.OpenSSL_version(0)) }
