//! The client is real, the provider is wiremock or the demo.

#![cfg(test)]

mod air;
mod alerts;
mod binary;
mod cli;
mod compare;
mod contract;
mod current;
mod failures;
mod fallback;
mod fixture;
mod forecast;
mod history;
mod places;
mod prompts;
mod resources;
mod zones;
