//! The client is real, the provider is wiremock or the demo.

#![cfg(test)]

mod binary;
mod cli;
mod contract;
mod crash;
mod fake;
mod home;
mod replicas;
