//! From `main` to a running server: command line, logs, stdio or Streamable HTTP, shutdown.

mod auth;
mod call;
mod connections;
mod demo;
mod doctor;
mod guard;
pub mod http;
mod logs;
mod signals;
mod splice;
pub mod stdio;

use std::{
    io::{self, IsTerminal as _},
    net::SocketAddr,
    process::ExitCode,
    thread::JoinHandle,
    time::Duration,
};

use anyhow::Context as _;
use tokio::runtime::{Builder, Runtime};

use crate::{
    About, Mcp, Server, Toolset,
    config::Env,
    secrets,
    settings::{Cli, Command, HttpSettings},
};

/// The whole of every `main`. Exit codes: 0 done, 1 failed (one line on stderr says why), 2 wrong usage.
pub fn main<S: Server>() -> ExitCode {
    // Their schemas take as long as all the rest of a start, and need nothing of it.
    let toolsets = std::thread::spawn(S::toolsets);
    let env = Env::load();
    let cli = match Cli::parse(&S::ABOUT, std::env::args_os(), &env) {
        Ok(cli) => cli,
        Err(error) => {
            // Help and version go to stdout, mistakes to stderr; a closed stream is nobody to tell.
            let _ = error.print();
            return ExitCode::from(if error.use_stderr() { 2 } else { 0 });
        }
    };
    match start::<S>(env, cli, toolsets) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("error: {}", secrets::redact(&format!("{error:#}")));
            ExitCode::FAILURE
        }
    }
}

/// Tools on their way.
type Toolsets<S> = JoinHandle<Vec<Toolset<S>>>;

fn start<S: Server>(env: Env, cli: Cli, toolsets: Toolsets<S>) -> anyhow::Result<ExitCode> {
    let _logs = logs::start(&cli, S::ABOUT.name);
    let runtime = runtime(cli.command.as_ref())?;
    let result = runtime.block_on(run::<S>(env, cli, toolsets));
    // A thread that waits for stdin cannot be stopped: do not wait for it.
    runtime.shutdown_timeout(Duration::from_millis(100));
    result
}

/// One thread serves a single client fastest; many clients over HTTP get all cores.
fn runtime(command: Option<&Command>) -> io::Result<Runtime> {
    match command {
        Some(Command::Serve(_)) => Builder::new_multi_thread().enable_all().build(),
        _ => Builder::new_current_thread().enable_all().build(),
    }
}

async fn run<S: Server>(env: Env, cli: Cli, toolsets: Toolsets<S>) -> anyhow::Result<ExitCode> {
    let mut settings = cli.settings;
    settings.over_http = matches!(cli.command, Some(Command::Serve(_)));
    let env = if settings.demo {
        demo::start::<S>(env).await?
    } else {
        env
    };
    let server = S::new(&env, &settings)?;
    let toolsets = toolsets
        .join()
        .map_err(|_panic| anyhow::anyhow!("the tools could not be made"))?;
    let mcp = Mcp::with_toolsets(server, toolsets, &settings)?;
    match cli.command {
        None => {
            if io::stdin().is_terminal() {
                eprintln!("{}", introduction(&S::ABOUT));
            }
            stdio::run(mcp, signals::shutdown()).await?;
            Ok(ExitCode::SUCCESS)
        }
        Some(Command::Serve(http)) => {
            serve(mcp, &env, http).await?;
            Ok(ExitCode::SUCCESS)
        }
        Some(Command::Tools { json }) => call::list(&mcp, json),
        Some(Command::Call {
            tool,
            arguments,
            json,
        }) => call::run(mcp, tool, &arguments, json).await,
        Some(Command::Doctor) => doctor::run(&mcp, &env, &settings).await,
    }
}

async fn serve<S: Server>(mcp: Mcp<S>, env: &Env, settings: HttpSettings) -> anyhow::Result<()> {
    let token = match settings.auth_token {
        Some(token) => Some(token.into()),
        None => env.secret("MCP_AUTH_TOKEN")?,
    };
    if let Some(token) = &token {
        secrets::register(token);
    }
    let options = http::HttpOptions {
        token,
        allowed_hosts: settings.allowed_hosts,
        allowed_origins: settings.allowed_origins,
        stateless: settings.stateless,
        drain: Duration::from_secs(settings.drain_seconds),
    };
    http::refuse_open_bind(settings.bind, options.token.is_some())?;
    let listener = http::listen(settings.bind)
        .with_context(|| format!("cannot listen on {}", settings.bind))?;
    let address: SocketAddr = listener.local_addr()?;
    tracing::info!("serving MCP at http://{address}/mcp");
    http::run(listener, mcp, options, signals::shutdown()).await
}

/// For a person who starts the binary by hand and wonders why nothing happens.
fn introduction(about: &About) -> String {
    let About {
        name,
        version,
        description,
        ..
    } = about;
    format!(
        "{name} {version}: {description}.\n\
         It speaks MCP on stdin and stdout; an MCP client starts it, for example:\n\
         \n  claude mcp add {name} -- {name}\n\
         \nOr try `{name} tools`, `{name} call TOOL key=value`, `{name} doctor`, `{name} serve`, `{name} --help`.\n\
         Waiting for a client on stdin; Ctrl-C ends."
    )
}

/// Commands that print an answer stay quiet unless asked.
fn default_log_level(command: Option<&Command>) -> &'static str {
    match command {
        None | Some(Command::Serve(_)) => "info",
        Some(_) => "error",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_person_at_a_terminal_learns_what_it_is_and_how_to_connect_a_client() {
        let about = About {
            name: "test-server",
            version: "1.2.3",
            title: "Test",
            description: "Tests things",
            instructions: "",
            env_help: "",
        };
        let text = introduction(&about);
        assert!(
            text.starts_with("test-server 1.2.3: Tests things."),
            "{text}"
        );
        assert!(
            text.contains("claude mcp add test-server -- test-server"),
            "{text}"
        );
    }
}
