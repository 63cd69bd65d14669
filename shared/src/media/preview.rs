//! Small copies of pictures for the model: at most 512 pixels and 256 KiB.
