//! The rules of the workspace that no compiler and no lint sees.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "workspace/files.rs"]
mod files;
#[path = "houses/mod.rs"]
mod houses;

use std::{collections::BTreeSet, fs};

use clap::CommandFactory as _;
use shared::settings::Cli;
use testkit::docs;

use files::{Source, is_rust, sources, with_word};

/// The same in every server.
const ROOMS: [&str; 13] = [
    "Cargo.toml",
    "README.md",
    "src/main.rs",
    "src/lib.rs",
    "src/config.rs",
    "src/server.rs",
    "src/resources.rs",
    "src/prompts.rs",
    "src/demo.rs",
    "src/api/mod.rs",
    "src/tools/mod.rs",
    "tests/it/main.rs",
    "tests/it/contract.rs",
];
const PROVIDERS: [&str; 8] = [
    "openweather",
    "openweathermap",
    "open-meteo",
    "open_meteo",
    "openai",
    "replicate",
    "novita",
    "flux",
];
const LONGEST_FILE: usize = 400;

/// Directories of `servers/`.
fn servers() -> BTreeSet<String> {
    let entries = fs::read_dir(houses::root().join("servers")).unwrap();
    entries
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect()
}

/// All Rust sources but this file, which names what it looks for.
fn rust() -> Vec<Source> {
    let all = sources(&["shared", "servers", "tests"]);
    all.into_iter()
        .filter(|source| is_rust(source) && source.path != "tests/workspace.rs")
        .collect()
}

#[track_caller]
fn assert_none(found: Vec<String>, rule: &str) {
    assert!(found.is_empty(), "{rule}:\n{}", found.join("\n"));
}

#[test]
fn every_server_is_known_to_these_tests() {
    let known: BTreeSet<String> = houses::all()
        .iter()
        .map(|house| house.about.name.to_owned())
        .collect();
    assert_eq!(known, servers());
}

#[test]
fn every_server_starts_without_configuration() {
    for house in houses::all() {
        assert!(!house.tools.is_empty(), "{} has no tools", house.about.name);
    }
}

#[test]
fn every_server_has_the_same_rooms() {
    let root = houses::root().join("servers");
    let missing = servers().into_iter().flat_map(|server| {
        let paths = ROOMS.map(|room| format!("{server}/{room}"));
        paths.into_iter().filter(|path| !root.join(path).is_file())
    });
    assert_none(missing.collect(), "rooms are missing");
}

#[test]
fn shared_names_no_provider() {
    let shared = sources(&["shared/src"]);
    let found = PROVIDERS
        .iter()
        .flat_map(|provider| with_word(&shared, provider));
    assert_none(found.collect(), "shared serves all providers alike");
}

#[test]
fn servers_do_not_depend_on_each_other() {
    for server in servers() {
        let manifest = sources(&["servers"])
            .into_iter()
            .filter(|source| source.path == format!("servers/{server}/Cargo.toml"))
            .collect::<Vec<_>>();
        let others = servers().into_iter().filter(|other| *other != server);
        let found = others.flat_map(|other| with_word(&manifest, &other));
        assert_none(found.collect(), "servers know nothing of each other");
    }
}

#[test]
fn api_does_not_know_mcp_and_tools_do_not_know_http() {
    for (room, stranger) in [("/src/api/", "rmcp"), ("/src/tools/", "reqwest")] {
        let sources: Vec<Source> = rust()
            .into_iter()
            .filter(|source| source.path.starts_with("servers/") && source.path.contains(room))
            .collect();
        assert_none(with_word(&sources, stranger), room);
    }
}

#[test]
fn only_the_command_line_and_benchmarks_print() {
    let allowed = ["shared/src/serve/", "tests/benches/"];
    assert_none(
        rust()
            .iter()
            .filter(|source| !allowed.iter().any(|place| source.path.starts_with(place)))
            .flat_map(|source| source.lines_with("println!"))
            .filter(|line| !line.contains("eprintln!"))
            .collect(),
        "stdout belongs to the protocol",
    );
}

#[test]
fn only_shared_config_reads_the_environment() {
    let found = rust()
        .into_iter()
        .filter(|source| source.path != "shared/src/config.rs")
        .flat_map(|source| [source.lines_with("env::var"), source.lines_with("dotenvy")].concat());
    assert_none(found.collect(), "read variables through `Env`");
}

#[test]
fn no_file_is_longer_than_four_hundred_lines() {
    let too_long = rust()
        .into_iter()
        .filter(|source| source.text.lines().count() > LONGEST_FILE)
        .map(|source| source.path);
    assert_none(too_long.collect(), "split these");
}

#[test]
fn no_test_is_switched_off_or_meant_to_panic() {
    let found = rust().into_iter().flat_map(|source| {
        [
            source.lines_with("#[ignore"),
            source.lines_with("#[should_panic"),
        ]
        .concat()
    });
    assert_none(found.collect(), "assert what is true today");
}

#[test]
fn no_test_waits_for_time_to_pass() {
    let found = rust()
        .into_iter()
        .filter(|source| source.path.starts_with("tests/") || source.path.contains("/tests/"))
        .flat_map(|source| source.lines_with("sleep("));
    assert_none(found.collect(), "wait for the event itself");
}

#[test]
fn the_example_environment_names_every_variable_and_no_other() {
    let text = fs::read_to_string(houses::root().join(".env.example")).unwrap();
    let named: BTreeSet<String> = text.lines().filter_map(assigned).collect();
    let mut read: BTreeSet<String> = houses::all()
        .iter()
        .flat_map(|house| house.about.env_help.lines().filter_map(helped))
        .collect();
    read.extend(settings());
    // No flags: other programs know the one by this name, too, and the other is a secret.
    read.extend(["SSL_CERT_FILE".into(), "MCP_STATE_KEY".into()]);
    assert_eq!(named, read);
}

/// `NAME` of `NAME=value` and of `# NAME=value`.
fn assigned(line: &str) -> Option<String> {
    let (name, _) = line.trim_start_matches(['#', ' ']).split_once('=')?;
    is_variable(name).then(|| name.to_owned())
}

/// `NAME` of `  NAME  What it does`.
fn helped(line: &str) -> Option<String> {
    let name = line.strip_prefix("  ")?.split_whitespace().next()?;
    is_variable(name).then(|| name.to_owned())
}

fn is_variable(name: &str) -> bool {
    !name.is_empty()
        && name
            .chars()
            .all(|c| matches!(c, 'A'..='Z' | '0'..='9' | '_'))
}

/// The variables of the flags that every server has.
fn settings() -> BTreeSet<String> {
    let command = Cli::command();
    let commands = [&command].into_iter().chain(command.get_subcommands());
    let flags = commands.flat_map(|command| command.get_arguments());
    flags
        .filter_map(|flag| flag.get_long())
        .filter(|&flag| !matches!(flag, "help" | "version" | "json"))
        .map(|flag| format!("MCP_{}", flag.to_uppercase().replace('-', "_")))
        .collect()
}

#[test]
fn the_tool_tables_are_current() {
    for house in houses::all() {
        let table = docs::tool_table(&house.tools);
        let mut tables = 0;
        for path in houses::readmes(&house) {
            let text = fs::read_to_string(&path).unwrap_or_default();
            if let Some(current) = docs::with_table(&text, house.about.name, &table) {
                tables += 1;
                assert!(text == current, "{}: run `make docs`", path.display());
            }
        }
        assert!(
            tables > 0,
            "no README has the tools of {}",
            house.about.name
        );
    }
}

#[test]
fn every_promise_names_tests_that_exist() {
    let text = fs::read_to_string(houses::root().join("docs/security.md")).unwrap();
    let tests: String = sources(&["shared", "servers", "tests"])
        .into_iter()
        .map(|source| source.text)
        .collect();
    let mut named = 0;
    for row in text.lines().filter(|line| line.starts_with("| P")) {
        let held_by = row.rsplit('|').nth(1).unwrap_or_default();
        for name in held_by.split('`').filter(|name| name.contains('_')) {
            assert!(
                tests.contains(&format!("fn {name}(")),
                "no test is called {name}: {row}"
            );
            named += 1;
        }
    }
    assert!(named > 30);
}
