//! A server's program on its pipes, written and read without any MCP library in between.

use std::{
    io::{BufRead as _, BufReader, Write as _},
    path::PathBuf,
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
};

use anyhow::Context as _;

const INITIALIZE: &str = r#"{"jsonrpc":"2.0","id":0,"method":"initialize","params":{"protocolVersion":"2025-11-25","capabilities":{},"clientInfo":{"name":"bench","version":"0"}}}"#;
const INITIALIZED: &str = r#"{"jsonrpc":"2.0","method":"notifications/initialized"}"#;
/// As much as a pipe holds: a picture is read in few turns.
const BUFFER_BYTES: usize = 1024 * 1024;

/// The one argument that is not a flag: cargo adds `--bench` to what `make bench` says.
pub(crate) fn program() -> anyhow::Result<PathBuf> {
    let mut words = std::env::args()
        .skip(1)
        .filter(|word| !word.starts_with("--"));
    let program = words.next().context("which program? run `make bench`")?;
    let path = PathBuf::from(&program).canonicalize();
    path.with_context(|| format!("there is no {program}: `make bench` builds it"))
}

/// Ended when dropped.
pub(crate) struct Running {
    child: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
    line: Vec<u8>,
}

impl Running {
    /// Started, and greeted as a client does.
    pub(crate) fn start(command: &mut Command) -> anyhow::Result<Self> {
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()?;
        let input = child.stdin.take().context("no stdin")?;
        let output = child.stdout.take().context("no stdout")?;
        let mut running = Self {
            child,
            input,
            output: BufReader::with_capacity(BUFFER_BYTES, output),
            line: Vec::new(),
        };
        running.send(INITIALIZE)?;
        running.receive()?;
        running.send(INITIALIZED)?;
        Ok(running)
    }

    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    pub(crate) fn send(&mut self, line: &str) -> anyhow::Result<()> {
        Ok(self.input.write_all(format!("{line}\n").as_bytes())?)
    }

    /// The next line.
    pub(crate) fn receive(&mut self) -> anyhow::Result<&[u8]> {
        self.line.clear();
        let bytes = self.output.read_until(b'\n', &mut self.line)?;
        anyhow::ensure!(bytes > 0, "the program has ended");
        Ok(&self.line)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
