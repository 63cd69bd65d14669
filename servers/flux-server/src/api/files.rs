//! `POST /files`: inputs that are too large for a data URI.
