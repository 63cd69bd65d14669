//! What is in the output directory, found by the SHA-256 of its content.
