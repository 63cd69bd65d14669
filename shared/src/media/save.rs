//! Files in the output directory: safe names, atomic writes, sidecars.
