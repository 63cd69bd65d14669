//! The client is real, the provider is wiremock or the demo.

#![cfg(test)]

mod contract;
