//! The program on the command line.

use std::process::{Command, Output};

use serde_json::Value;
use tempfile::TempDir;

use crate::{
    fake::{Fake, Manner, SIDE},
    home::{PROGRAM, TOKEN, path, pictures, sidecar},
};

/// With these variables and no others, in a home of its own and away from any `.env`.
fn run_in(home: &TempDir, env: &[(&str, &str)], args: &[&str]) -> Output {
    Command::new(PROGRAM)
        .args(args)
        .env_clear()
        .env("HOME", home.path())
        .envs(env.iter().copied())
        .current_dir(home.path())
        .output()
        .unwrap()
}

fn run_with(env: &[(&str, &str)], args: &[&str]) -> Output {
    run_in(&tempfile::tempdir().unwrap(), env, args)
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
fn the_demo_leaves_a_real_picture_and_its_story() {
    let home = tempfile::tempdir().unwrap();
    let args = ["--demo", "call", "generate_image", "prompt=a red fox"];
    let output = run_in(&home, &[], &args);
    let text = stdout(&output);
    assert!(output.status.success(), "{text}");
    assert!(text.starts_with("DEMO"), "{text}");
    let pictures = pictures(&home.path().join("Pictures/mcp"));
    assert_eq!(pictures.len(), 1, "{pictures:?}");
    let path = path(&pictures[0]);
    assert!(text.contains(path), "{path} is not in {text}");
    assert!(
        path.ends_with(".webp") && path.contains("a-red-fox"),
        "{path}"
    );

    let picture = image::open(path).unwrap();
    let (width, height) = (picture.width(), picture.height());
    // 4:5 in about a megapixel, in multiples of 32 as FLUX has it.
    assert_eq!((width, height), (896, 1088));
    assert!(text.contains("896x1088"), "{text}");
    let story = sidecar(&pictures[0]);
    assert_eq!(story["prompt"], "a red fox");
    assert_eq!(story["model"], "black-forest-labs/flux-dev");
    assert_eq!(story["bytes"], pictures[0].metadata().unwrap().len());
}

#[test]
fn pictures_go_where_the_operator_wants_them() {
    let home = tempfile::tempdir().unwrap();
    let wanted = home.path().join("here/and there");
    let env = [("MCP_OUTPUT_DIR", path(&wanted))];
    let args = [
        "--demo",
        "call",
        "generate_image",
        "prompt=a red fox",
        "num_outputs=2",
        "output_format=png",
    ];
    let output = run_in(&home, &env, &args);
    assert!(output.status.success(), "{}", stdout(&output));
    let pictures = pictures(&wanted);
    assert_eq!(pictures.len(), 2, "{pictures:?}");
    for picture in pictures {
        assert!(stdout(&output).contains(path(&picture)));
        image::open(&picture).unwrap();
    }
}

#[test]
fn a_saved_file_comes_again_though_another_is_gone() {
    let home = tempfile::tempdir().unwrap();
    let args = [
        "--demo",
        "call",
        "generate_image",
        "prompt=a red fox",
        "num_outputs=2",
    ];
    assert!(run_in(&home, &[], &args).status.success());
    let pictures = pictures(&home.path().join("Pictures/mcp"));
    let id = sidecar(&pictures[0])["job_id"].as_str().unwrap().to_owned();
    std::fs::remove_file(&pictures[0]).unwrap();
    // The imitation of this process has never heard of the prediction.
    let id = format!("prediction_id={id}");
    let output = run_in(&home, &[], &["--demo", "call", "get_prediction", &id]);
    let text = stdout(&output);
    assert!(output.status.success(), "{text}");
    assert!(text.contains(path(&pictures[1])), "{text}");
    let note = format!("No longer where it was saved: {}.", path(&pictures[0]));
    assert!(text.contains(&note), "{text}");
}

#[test]
fn what_must_not_be_shown_is_refused_and_ends_with_1() {
    let output = run(&["--demo", "call", "generate_image", "prompt=a forbidden fox"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(stdout(&output).contains("refused"), "{}", stdout(&output));
}

#[test]
fn without_a_token_a_call_says_what_to_do() {
    let output = run(&["call", "generate_image", "prompt=a red fox"]);
    let text = stdout(&output);
    assert_eq!(output.status.code(), Some(1));
    assert!(
        text.contains("REPLICATE_API_TOKEN") && text.contains("https://replicate.com/account"),
        "{text}"
    );
}

#[test]
fn a_directory_that_cannot_be_written_is_told_before_anything_is_paid() {
    let env = [("MCP_OUTPUT_DIR", "/dev/null/pictures")];
    let output = run_with(
        &env,
        &["--demo", "call", "generate_image", "prompt=a red fox"],
    );
    assert_eq!(output.status.code(), Some(1));
    assert!(
        stdout(&output).contains("/dev/null/pictures"),
        "{}",
        stdout(&output)
    );
    let output = run_with(&env, &["--demo", "doctor"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(
        stdout(&output).contains("/dev/null/pictures"),
        "{}",
        stdout(&output)
    );
}

#[test]
fn an_unknown_tool_ends_with_1_and_names_the_known_ones() {
    let output = run(&["--demo", "call", "make_picture"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(
        stderr(&output).contains("generate_image"),
        "{}",
        stderr(&output)
    );
}

#[test]
fn tools_lists_the_enabled_tools_a_line_each() {
    assert_eq!(stdout(&run(&["tools"])).lines().count(), 8);
    let free = stdout(&run_with(&[("MCP_READ_ONLY", "1")], &["tools"]));
    assert!(free.contains("get_prediction"), "{free}");
    assert!(
        !free.contains("generate_image") && !free.contains("cancel_prediction"),
        "{free}"
    );
    let all: Value = serde_json::from_slice(&run(&["tools", "--json"]).stdout).unwrap();
    assert_eq!(all.as_array().unwrap().len(), 8);
}

#[test]
fn help_names_the_variables_of_this_server() {
    let help = stdout(&run(&["--help"]));
    for name in [
        "REPLICATE_API_TOKEN",
        "FLUX_DEFAULT_MODEL",
        "REPLICATE_BASE_URL",
        "MCP_OUTPUT_DIR",
        "MCP_STATE_DIR",
        "MCP_INPUT_DIRS",
        "MCP_WAIT_SECONDS",
    ] {
        assert!(help.contains(name), "{name} is missing in {help}");
    }
}

#[test]
fn doctor_says_that_there_is_no_token() {
    let output = run(&["doctor"]);
    let text = stdout(&output);
    assert_eq!(output.status.code(), Some(1), "{text}");
    assert!(text.contains("REPLICATE_API_TOKEN: is not set"), "{text}");
    assert!(text.contains("fail  "), "{text}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn doctor_is_content_when_the_account_answers() {
    let fake = Fake::start(Manner::Finishes).await;
    let env = [
        ("REPLICATE_BASE_URL", fake.url.as_str()),
        ("REPLICATE_API_TOKEN", TOKEN),
    ];
    let output = run_with(&env, &["doctor"]);
    let text = stdout(&output);
    assert!(output.status.success(), "{text}");
    assert!(text.contains("Replicate answers"), "{text}");
    assert!(!text.contains("fail  "), "{text}");
    assert_eq!(fake.creates(), 0);
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

/// Every file below a directory.
fn files(dir: &std::path::Path) -> Vec<std::path::PathBuf> {
    let mut all = Vec::new();
    for entry in std::fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        match path.is_dir() {
            true => all.extend(files(&path)),
            false => all.push(path),
        }
    }
    all
}

fn has_token(bytes: &[u8]) -> bool {
    bytes
        .windows(TOKEN.len())
        .any(|window| window == TOKEN.as_bytes())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn the_token_is_in_no_answer_log_or_file() {
    let home = tempfile::tempdir().unwrap();
    let fake = Fake::start(Manner::Finishes).await;
    let nowhere = "http://127.0.0.1:1";
    // The prompt has it, too: whoever pastes a token into a prompt wants it no less secret.
    let prompt = format!("prompt=a red fox with {TOKEN}");
    for (url, args, code) in [
        (
            fake.url.as_str(),
            &["call", "generate_image", "prompt=a red fox"][..],
            0,
        ),
        (fake.url.as_str(), &["call", "list_predictions"], 0),
        (fake.url.as_str(), &["call", "generate_image", &prompt], 0),
        (nowhere, &["call", "generate_image", "prompt=a red fox"], 1),
        (nowhere, &["doctor"], 1),
    ] {
        let env = [
            ("REPLICATE_BASE_URL", url),
            ("REPLICATE_API_TOKEN", TOKEN),
            ("RUST_LOG", "trace"),
            ("MCP_LOG_LEVEL", "trace"),
        ];
        let output = run_in(&home, &env, args);
        assert_eq!(
            output.status.code(),
            Some(code),
            "{args:?}: {}",
            stdout(&output)
        );
        assert!(!stderr(&output).is_empty(), "nothing is logged");
        assert!(!has_token(&output.stdout), "in the answer to {args:?}");
        assert!(!has_token(&output.stderr), "in the log of {args:?}");
    }
    let files = files(home.path());
    let is_there = |name: &str| files.iter().any(|file| path(file).ends_with(name));
    assert!(
        is_there("jobs.sqlite3") && is_there(".png") && is_there(".png.json"),
        "{files:?}"
    );
    for file in &files {
        let name = file.file_name().unwrap().to_str().unwrap();
        assert!(!name.contains("token"), "in the name {name}");
        assert!(
            !has_token(&std::fs::read(file).unwrap()),
            "in {}",
            file.display()
        );
    }
    let picture = files
        .iter()
        .find(|file| path(file).ends_with(".png"))
        .unwrap();
    assert_eq!(image::open(picture).unwrap().width(), SIDE);
}
