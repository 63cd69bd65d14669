//! The program on the command line.

use std::process::{Command, Output};

use serde_json::Value;
use tempfile::TempDir;

/// A directory for everything that is written.
struct Home(TempDir);

impl Home {
    fn new() -> Self {
        Self(TempDir::new().unwrap())
    }

    /// With these variables and no others, away from any `.env`.
    fn run(&self, env: &[(&str, &str)], args: &[&str]) -> Output {
        let home = self.0.path();
        Command::new(env!("CARGO_BIN_EXE_flux-server"))
            .args(args)
            .env_clear()
            .env("HOME", home)
            .env("MCP_OUTPUT_DIR", home.join("out"))
            .env("MCP_STATE_DIR", home.join("state"))
            .envs(env.iter().copied())
            .current_dir(home)
            .output()
            .unwrap()
    }
}

fn run(env: &[(&str, &str)], args: &[&str]) -> Output {
    Home::new().run(env, args)
}

fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

#[test]
fn a_picture_of_the_demo_is_a_file_whose_path_is_printed() {
    let home = Home::new();
    let args = [
        "--demo",
        "call",
        "generate_image",
        "prompt=a red fox",
        "model=flux-schnell",
    ];
    let output = home.run(&[], &args);
    let text = stdout(&output);
    assert!(output.status.success(), "{text}");
    let mut lines = text.lines();
    let path = lines.find_map(|line| Some(line.split_once(" (896x1088, image/webp")?.0));
    let path = path.unwrap_or_else(|| panic!("no path in {text}"));
    assert!(path.starts_with(home.0.path().to_str().unwrap()), "{path}");
    assert!(std::fs::metadata(path).unwrap().len() > 0);
}

#[test]
fn without_a_token_a_call_ends_with_1_and_says_what_is_missing() {
    let output = run(&[], &["call", "generate_image", "prompt=a red fox"]);
    assert_eq!(output.status.code(), Some(1));
    let text = stdout(&output);
    assert!(text.contains("`REPLICATE_API_TOKEN` is not set"), "{text}");
}

#[test]
fn read_only_leaves_no_tool_that_spends_anything() {
    let text = stdout(&run(&[("MCP_READ_ONLY", "true")], &["tools"]));
    let mut names: Vec<&str> = text
        .lines()
        .filter_map(|line| line.split_whitespace().next())
        .collect();
    names.sort_unstable();
    assert_eq!(
        names,
        [
            "describe_model",
            "get_prediction",
            "list_models",
            "list_predictions"
        ]
    );
    let all: Value = serde_json::from_slice(&run(&[], &["tools", "--json"]).stdout).unwrap();
    assert_eq!(all.as_array().unwrap().len(), 8);
}

#[test]
fn a_default_model_that_is_none_stops_the_start_and_is_named() {
    let output = run(&[("FLUX_DEFAULT_MODEL", "flux-shnell")], &["tools"]);
    assert_eq!(output.status.code(), Some(1));
    let said = stderr(&output);
    assert!(
        said.contains("`FLUX_DEFAULT_MODEL` is not usable"),
        "{said}"
    );
    assert!(said.contains("flux-schnell"), "{said}");
}

#[test]
fn help_names_the_variables_of_this_server() {
    let help = stdout(&run(&[], &["--help"]));
    for name in [
        "REPLICATE_API_TOKEN",
        "FLUX_DEFAULT_MODEL",
        "MCP_OUTPUT_DIR",
        "MCP_CANCEL_UPSTREAM",
    ] {
        assert!(help.contains(name), "{name} is missing in {help}");
    }
}

#[test]
fn doctor_tells_what_is_wrong_without_showing_the_token() {
    let env = [
        ("REPLICATE_API_TOKEN", "r8_doctor_must_not_show"),
        ("REPLICATE_BASE_URL", "http://127.0.0.1:1/v1"),
    ];
    let output = run(&env, &["doctor"]);
    let text = stdout(&output);
    assert_eq!(output.status.code(), Some(1), "{text}");
    assert!(text.contains("REPLICATE_API_TOKEN: is set"), "{text}");
    assert!(text.contains("fail  "), "{text}");
    let all = text + &stderr(&output);
    assert!(!all.contains("r8_doctor_must_not_show"), "{all}");
}

#[test]
fn doctor_says_that_there_is_no_token() {
    let output = run(&[], &["doctor"]);
    let text = stdout(&output);
    assert_eq!(output.status.code(), Some(1), "{text}");
    assert!(text.contains("REPLICATE_API_TOKEN: is not set"), "{text}");
}
