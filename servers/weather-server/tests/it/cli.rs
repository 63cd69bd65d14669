//! The program on the command line.

use std::process::{Command, Output};

use serde_json::Value;

/// With these variables and no others, away from any `.env`.
fn run_with(env: &[(&str, &str)], args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_weather-server"))
        .args(args)
        .env_clear()
        .env("HOME", std::env::temp_dir())
        .envs(env.iter().copied())
        .current_dir(std::env::temp_dir())
        .output()
        .unwrap()
}

fn run(args: &[&str]) -> Output {
    run_with(&[], args)
}

fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

#[test]
fn call_prints_the_answer_of_a_tool_and_nothing_else() {
    let output = run(&["--demo", "call", "get_forecast", "city=Oslo", "days=3"]);
    let text = stdout(&output);
    assert!(output.status.success());
    assert!(
        text.contains("Oslo (DEMO)") && text.contains("Source: Open-Meteo"),
        "{text}"
    );
    assert_eq!(text.matches("precipitation").count(), 3, "{text}");
    assert_eq!(stderr(&output), "");
}

#[test]
fn call_takes_one_json_object_and_prints_one_as_well() {
    let output = run(&[
        "--demo",
        "call",
        "--json",
        "get_forecast",
        r#"{"city": "Oslo", "days": 2}"#,
    ]);
    let result: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(
        result["structuredContent"]["days"]
            .as_array()
            .unwrap()
            .len(),
        2
    );
}

#[test]
fn a_tool_that_fails_ends_with_1_and_its_text() {
    let output = run(&["--demo", "call", "get_forecast", "city=zzz"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(
        stdout(&output).contains("was not found"),
        "{}",
        stdout(&output)
    );
}

#[test]
fn an_unknown_tool_ends_with_1_and_names_the_known_ones() {
    let output = run(&["--demo", "call", "get_weather"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(
        stderr(&output).contains("get_current_weather"),
        "{}",
        stderr(&output)
    );
}

#[test]
fn wrong_usage_ends_with_2() {
    assert_eq!(run(&["--bogus"]).status.code(), Some(2));
    assert_eq!(run(&["--wait-seconds", "soon"]).status.code(), Some(2));
}

#[test]
fn a_variable_with_an_unusable_value_stops_the_start_and_is_named() {
    let output = run_with(&[("WEATHER_UNITS", "parsec")], &["tools"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(
        stderr(&output).contains("`WEATHER_UNITS` is `parsec`, but must be one of metric"),
        "{}",
        stderr(&output)
    );
}

#[test]
fn tools_lists_the_enabled_tools_a_line_each() {
    let output = run_with(&[("MCP_TOOLSETS", "places")], &["tools"]);
    let text = stdout(&output);
    assert!(text.starts_with("search_places"), "{text}");
    assert_eq!(text.lines().count(), 1);
    let all: Value = serde_json::from_slice(&run(&["tools", "--json"]).stdout).unwrap();
    assert_eq!(all.as_array().unwrap().len(), 7);
}

#[test]
fn help_names_the_variables_of_this_server() {
    let help = stdout(&run(&["--help"]));
    for name in ["OPENWEATHER_API_KEY", "WEATHER_UNITS", "MCP_TOOLSETS"] {
        assert!(help.contains(name), "{name} is missing in {help}");
    }
}

#[test]
fn doctor_tells_what_is_wrong_without_showing_the_key() {
    let nowhere = "http://127.0.0.1:1";
    let env = [
        ("OPENWEATHER_API_KEY", "sk-doctor-must-not-show"),
        ("OPENWEATHER_BASE_URL", nowhere),
        ("OPEN_METEO_BASE_URL", nowhere),
        ("NWS_BASE_URL", nowhere),
        (
            "HTTPS_PROXY",
            "http://user:sk-proxy-password@proxy.example:3128",
        ),
    ];
    let output = run_with(&env, &["doctor"]);
    let text = stdout(&output);
    assert_eq!(output.status.code(), Some(1), "{text}");
    assert!(text.contains("OPENWEATHER_API_KEY: is set"), "{text}");
    assert!(text.contains("fail  "), "{text}");
    assert!(text.contains("proxy.example:3128"), "{text}");
    let all = text + &stderr(&output);
    assert!(
        !all.contains("sk-doctor-must-not-show") && !all.contains("sk-proxy-password"),
        "{all}"
    );
}

#[test]
fn doctor_says_that_a_placeholder_is_no_key() {
    let output = run_with(
        &[("OPENWEATHER_API_KEY", "${user_config.key}")],
        &["--demo", "doctor"],
    );
    // The demo runs without keys; the placeholder is one of the process, and told of in a real run.
    assert!(output.status.success(), "{}", stdout(&output));
    let nowhere = "http://127.0.0.1:1";
    let env = [
        ("OPENWEATHER_API_KEY", "${user_config.key}"),
        ("OPEN_METEO_BASE_URL", nowhere),
        ("NWS_BASE_URL", nowhere),
    ];
    let text = stdout(&run_with(&env, &["doctor"]));
    assert!(
        text.contains("holds the placeholder `${user_config.key}`"),
        "{text}"
    );
}

#[test]
fn log_lines_are_json_when_asked_for() {
    let args = [
        "--demo",
        "--log-format",
        "json",
        "--log-level",
        "debug",
        "call",
        "search_places",
        "query=Oslo",
    ];
    let log = stderr(&run(&args));
    assert!(log.lines().count() > 0);
    for line in log.lines() {
        let line: Value = serde_json::from_str(line).unwrap();
        assert!(line["level"].is_string(), "{line}");
    }
    assert!(log.contains("search_places"), "{log}");
}

#[test]
fn serving_beyond_this_machine_without_a_token_is_refused() {
    let output = run(&["serve", "--bind", "0.0.0.0:0"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(
        stderr(&output).contains("MCP_AUTH_TOKEN"),
        "{}",
        stderr(&output)
    );
}
