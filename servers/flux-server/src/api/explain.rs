//! Replicate's error bodies, turned into our errors.
