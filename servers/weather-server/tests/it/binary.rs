//! The built program over its real pipes.

use testkit::binary::Binary;

const PROGRAM: Binary = Binary {
    path: env!("CARGO_BIN_EXE_weather-server"),
    tool: "get_current_weather",
    arguments: r#"{"city": "Berlin"}"#,
    base_urls: &[
        "OPENWEATHER_BASE_URL",
        "OPEN_METEO_BASE_URL",
        "NWS_BASE_URL",
    ],
    key: "OPENWEATHER_API_KEY",
};

testkit::program_keeps_its_promises!(PROGRAM);
