//! The client is real, the provider is wiremock or the demo.

#![cfg(test)]

mod binary;
mod cancelling;
mod cli;
mod contract;
mod crash;
mod failures;
mod fake;
mod fields;
mod files;
mod fixture;
mod home;
mod inputs;
mod jobs;
mod life;
mod listing;
mod models;
mod modes;
mod pictures;
mod prompts;
mod replicas;
mod resources;
mod results;
mod run;
mod senseless;
mod submitting;
mod tasks;
mod tokenless;
