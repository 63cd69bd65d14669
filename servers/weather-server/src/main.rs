use std::process::ExitCode;

fn main() -> ExitCode {
    shared::serve::main::<weather_server::WeatherServer>()
}
