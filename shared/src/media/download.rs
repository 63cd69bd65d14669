//! Bytes of an output, from the provider to disk or into memory.
