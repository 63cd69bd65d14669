//! Directories that outlive the server, and the program running on them.

use std::path::{Path, PathBuf};

use serde_json::{Value, json};
use tempfile::TempDir;
use testkit::binary::Process;

pub(crate) const PROGRAM: &str = env!("CARGO_BIN_EXE_flux-server");
pub(crate) const TOKEN: &str = "r8_a-token-that-must-not-show";

/// Goes with everything in it when it is dropped.
pub(crate) struct Home(TempDir);

impl Home {
    pub(crate) fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    pub(crate) fn state(&self) -> PathBuf {
        self.0.path().join("state")
    }

    pub(crate) fn output(&self) -> PathBuf {
        self.0.path().join("pictures")
    }

    /// A server here that asks the provider at `url`, and a client of 2025-11-25 that has introduced itself.
    pub(crate) async fn server(&self, url: &str) -> Process {
        self.server_with(url, &[]).await
    }

    pub(crate) async fn server_with(&self, url: &str, args: &[&str]) -> Process {
        let (state, output) = (self.state(), self.output());
        let env = [
            ("REPLICATE_BASE_URL", url),
            ("REPLICATE_API_TOKEN", TOKEN),
            ("MCP_STATE_DIR", path(&state)),
            ("MCP_OUTPUT_DIR", path(&output)),
        ];
        let mut process = Process::start(PROGRAM, args, &env);
        process.initialize().await;
        process
    }
}

pub(crate) fn path(path: &Path) -> &str {
    path.to_str().unwrap()
}

/// Parameters of `tools/call`.
pub(crate) fn call(tool: &str, arguments: Value) -> Value {
    json!({"name": tool, "arguments": arguments})
}

pub(crate) fn generate() -> Value {
    call("generate_image", json!({"prompt": "a red fox"}))
}

/// Call a tool that must not fail.
pub(crate) async fn done(server: &mut Process, tool: &str, arguments: Value) -> Value {
    let answer = server
        .ask(json!(tool), "tools/call", call(tool, arguments))
        .await;
    let result = answer["result"].clone();
    assert_ne!(result["isError"], json!(true), "{answer}");
    assert!(result.is_object(), "{answer}");
    result
}

/// All text of a result.
pub(crate) fn text(result: &Value) -> String {
    let blocks = result["content"].as_array().unwrap().iter();
    let texts: Vec<&str> = blocks.filter_map(|block| block["text"].as_str()).collect();
    texts.join("\n")
}

/// The pictures in a directory, without their sidecars.
pub(crate) fn pictures(dir: &Path) -> Vec<PathBuf> {
    let files = std::fs::read_dir(dir).into_iter().flatten();
    let paths = files.map(|file| file.unwrap().path());
    paths
        .filter(|path| path.is_file() && path.extension().is_some_and(|it| it != "json"))
        .collect()
}

/// What is told about a picture beside it.
pub(crate) fn sidecar(picture: &Path) -> Value {
    let mut name = picture.as_os_str().to_owned();
    name.push(".json");
    serde_json::from_slice(&std::fs::read(name).unwrap()).unwrap()
}
