package tail

// Version is this program's version. The Python package is built with the same.
const Version = "0.1.0"
