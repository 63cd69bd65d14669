use std::process::ExitCode;

fn main() -> ExitCode {
    shared::serve::main::<flux_server::FluxServer>()
}
