//! What every server inherits, shown on a small one: the client is real.

mod handler;
mod sample;
mod tools;
