//! What every server inherits, shown on a small one: the client is real.

#![cfg(test)]

mod handler;
mod jobs;
mod sample;
mod serve_http;
mod tools;
