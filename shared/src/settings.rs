//! What the operator may set on every server, by flag or variable.
//!
//! One rule: the flag `--some-thing` is the variable `MCP_SOME_THING`, in the environment or `.env`.
//! The flag wins.

use std::{ffi::OsString, net::SocketAddr, path::PathBuf, time::Duration};

use clap::{
    ArgAction, Args, CommandFactory as _, FromArgMatches as _, Parser, Subcommand, ValueEnum,
};

use crate::{config::Env, server::About};

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum LogFormat {
    Text,
    Json,
}

/// Where generated media go: `auto` is a file and a preview over stdio, a preview and a link over HTTP.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum MediaMode {
    Auto,
    File,
    Inline,
    Link,
}

#[derive(Debug, Clone, Args)]
pub struct Settings {
    /// Answer from a built-in imitation of the provider: no key, no network, marked DEMO
    #[arg(long, global = true)]
    pub demo: bool,
    /// Offer only these tools (comma-separated names)
    #[arg(long, global = true, value_delimiter = ',', value_name = "NAMES")]
    pub tools: Vec<String>,
    /// Offer these groups of tools instead of the default ones (comma-separated, or `all`)
    #[arg(long, global = true, value_delimiter = ',', value_name = "NAMES")]
    pub toolsets: Vec<String>,
    /// Hide every tool that changes or spends anything
    #[arg(long, global = true)]
    pub read_only: bool,
    /// Where generated media are written [default: `mcp` in the pictures folder]
    #[arg(long, global = true, value_name = "DIR")]
    pub output_dir: Option<PathBuf>,
    /// How generated media are returned
    #[arg(long, global = true, value_enum, default_value = "auto")]
    pub media: MediaMode,
    /// The largest generated file that is fetched
    #[arg(long, global = true, value_name = "MIB", default_value_t = 64, value_parser = clap::value_parser!(u64).range(1..=4096))]
    pub media_limit: u64,
    /// Directories whose files may be sent to the provider (comma-separated) [default: the output directory]
    #[arg(long, global = true, value_delimiter = ',', value_name = "DIRS")]
    pub input_dirs: Vec<PathBuf>,
    /// Where unfinished and finished jobs are written down [default: the platform's folder for state]
    #[arg(long, global = true, value_name = "DIR")]
    pub state_dir: Option<PathBuf>,
    /// Whether a cancelled call also cancels the work at the provider
    #[arg(long, global = true, action = ArgAction::Set, value_name = "BOOL", default_value = "true", value_parser = clap::builder::BoolishValueParser::new())]
    pub cancel_upstream: bool,
    /// How long a call waits for slow work before it answers "still running"
    #[arg(long, global = true, value_name = "SECONDS", default_value_t = 40, value_parser = clap::value_parser!(u64).range(1..=3600))]
    pub wait_seconds: u64,
    /// How long one upstream request may take, retries included
    #[arg(long, global = true, value_name = "SECONDS", default_value_t = 20, value_parser = clap::value_parser!(u64).range(1..=600))]
    pub request_timeout: u64,
    /// How log lines on stderr look
    #[arg(long, global = true, value_enum, default_value = "text")]
    pub log_format: LogFormat,
    /// How much is logged [default: info, or error for commands that print an answer]
    #[arg(long, global = true, value_name = "LEVEL", value_parser = ["off", "error", "warn", "info", "debug", "trace"])]
    pub log_level: Option<String>,
    /// Whether clients come over HTTP: they cannot see this machine's files.
    #[arg(skip)]
    pub over_http: bool,
    /// Between two questions about unfinished work, instead of a second or more; only tests are that impatient.
    #[arg(skip)]
    pub poll_every: Option<Duration>,
    /// Instead of what [`Settings::call_timeout`] derives; only tests are that impatient.
    #[arg(skip)]
    pub call_timeout: Option<Duration>,
}

impl Settings {
    /// What a test or a library user starts from.
    pub fn defaults() -> Self {
        let command = Settings::augment_args(clap::Command::new("server"));
        let matches = command.get_matches_from(["server"]);
        // Every argument has a default or is optional, so this cannot fail.
        Self::from_arg_matches(&matches).unwrap_or_else(|error| error.exit())
    }

    pub fn request_timeout(&self) -> Duration {
        Duration::from_secs(self.request_timeout)
    }

    /// How long a whole tool call may take: a minute, since most hosts give up then, or longer if the
    /// operator lets calls wait longer. A caller may ask for more where a tool has `wait_seconds`.
    pub fn call_timeout(&self) -> Duration {
        self.call_timeout
            .unwrap_or(Duration::from_secs(60.max(self.wait_seconds + 20)))
    }

    /// Where media go: `--output-dir`, or `mcp` in the pictures folder.
    pub fn output_dir(&self) -> PathBuf {
        if let Some(dir) = &self.output_dir {
            return dir.clone();
        }
        dirs::picture_dir()
            .or_else(|| dirs::home_dir().map(|home| home.join("Pictures")))
            .unwrap_or_else(std::env::temp_dir)
            .join("mcp")
    }
}

impl Settings {
    /// What `auto` means here: files for a client on this machine, links for others.
    pub fn media(&self) -> MediaMode {
        match self.media {
            MediaMode::Auto if self.over_http => MediaMode::Link,
            MediaMode::Auto => MediaMode::File,
            chosen => chosen,
        }
    }

    pub fn media_limit_bytes(&self) -> u64 {
        self.media_limit * 1024 * 1024
    }

    /// `--state-dir`, or `mcp` in the platform's folder for state; below it, what is made up keeps to itself.
    pub fn state_dir(&self) -> PathBuf {
        let dir = self.state_dir.clone().unwrap_or_else(|| {
            dirs::state_dir()
                .or_else(dirs::data_local_dir)
                .unwrap_or_else(std::env::temp_dir)
                .join("mcp")
        });
        if self.demo { dir.join("demo") } else { dir }
    }
}

/// What `serve` adds.
#[derive(Debug, Clone, Args)]
pub struct HttpSettings {
    /// Address and port to listen on
    #[arg(long, default_value = "127.0.0.1:8080")]
    pub bind: SocketAddr,
    /// Token that callers must send; better as `MCP_AUTH_TOKEN` or `MCP_AUTH_TOKEN_FILE`, since flags show in the process list
    #[arg(long, value_name = "TOKEN")]
    pub auth_token: Option<String>,
    /// Host names under which clients reach this server, besides the loopback names
    #[arg(long, value_delimiter = ',', value_name = "HOSTS")]
    pub allowed_hosts: Vec<String>,
    /// Origins from which browsers may call, besides loopback
    #[arg(long, value_delimiter = ',', value_name = "ORIGINS")]
    pub allowed_origins: Vec<String>,
    /// Keep no sessions for clients of revisions before 2026-07-28
    #[arg(long)]
    pub stateless: bool,
    /// How long calls may finish after SIGTERM
    #[arg(long, value_name = "SECONDS", default_value_t = 20, value_parser = clap::value_parser!(u64).range(0..=600))]
    pub drain_seconds: u64,
}

#[derive(Debug, Clone, Parser)]
#[command(disable_help_subcommand = true)]
pub struct Cli {
    #[command(flatten)]
    pub settings: Settings,
    #[command(subcommand)]
    pub command: Option<Command>,
}

#[derive(Debug, Clone, Subcommand)]
pub enum Command {
    /// Serve Streamable HTTP at /mcp instead of stdio
    Serve(HttpSettings),
    /// List the tools
    Tools {
        /// As JSON, with schemas
        #[arg(long)]
        json: bool,
    },
    /// Run one tool and print its answer
    Call {
        tool: String,
        /// Arguments as key=value, or one JSON object
        arguments: Vec<String>,
        /// The whole result as JSON
        #[arg(long)]
        json: bool,
    },
    /// Check configuration, output directory and provider
    Doctor,
}

impl Cli {
    /// Parse a command line; what it does not say comes from `MCP_*` in `env`.
    pub fn parse(
        about: &About,
        args: impl IntoIterator<Item = OsString>,
        env: &Env,
    ) -> Result<Self, clap::Error> {
        let command = Self::command()
            .name(about.name)
            .bin_name(about.name)
            .version(about.version)
            .about(about.description)
            .after_help(about.env_help)
            .mut_args(|arg| from_env(arg, env))
            .mut_subcommands(|command| command.mut_args(|arg| from_env(arg, env)));
        Self::from_arg_matches(&command.try_get_matches_from(args)?)
    }
}

/// Let `MCP_X_Y` be the default of `--x-y`.
fn from_env(arg: clap::Arg, env: &Env) -> clap::Arg {
    // The token is a secret: it is read as one, and never a default that `--help` could print.
    let Some(flag) = arg
        .get_long()
        .filter(|&flag| flag != "auth-token" && flag != "json")
    else {
        return arg;
    };
    let name = format!("MCP_{}", flag.to_uppercase().replace('-', "_"));
    let help = arg.get_help().map(|help| format!("{help} [{name}]"));
    let is_switch = matches!(arg.get_action(), ArgAction::SetTrue);
    let is_list = arg.get_value_delimiter().is_some();
    let mut arg = arg;
    if let Some(help) = help {
        arg = arg.help(help);
    }
    if is_switch {
        arg = arg.value_parser(clap::builder::BoolishValueParser::new());
    }
    match env.get(&name) {
        Some(value) if is_list => {
            arg.default_values(value.split(',').map(str::to_owned).collect::<Vec<_>>())
        }
        Some(value) => arg.default_value(value.to_owned()),
        None => arg,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ABOUT: About = About {
        name: "test-server",
        version: "1.2.3",
        title: "Test",
        description: "A test",
        instructions: "",
        env_help: "",
    };

    fn parse(args: &[&str], env: &Env) -> Result<Cli, clap::Error> {
        let args = std::iter::once("test-server").chain(args.iter().copied());
        Cli::parse(&ABOUT, args.map(OsString::from), env)
    }

    #[test]
    fn variables_set_what_flags_do_not() {
        let env = Env::from([
            ("MCP_TOOLS", "a,b"),
            ("MCP_DEMO", "1"),
            ("MCP_WAIT_SECONDS", "7"),
            ("MCP_BIND", "127.0.0.1:9"),
            ("MCP_STATELESS", "yes"),
        ]);
        let cli = parse(&["serve"], &env).unwrap();
        assert_eq!(cli.settings.tools, ["a", "b"]);
        assert!(cli.settings.demo);
        assert_eq!(cli.settings.wait_seconds, 7);
        let Some(Command::Serve(http)) = cli.command else {
            panic!("not serve");
        };
        assert_eq!(http.bind.port(), 9);
        assert!(http.stateless);

        let cli = parse(&["--tools", "c", "call", "x", "--wait-seconds", "8"], &env).unwrap();
        assert_eq!(
            (cli.settings.tools, cli.settings.wait_seconds),
            (vec!["c".to_owned()], 8)
        );
    }

    #[test]
    fn a_variable_can_turn_a_switch_off_and_an_empty_one_changes_nothing() {
        let env = Env::from([
            ("MCP_DEMO", "false"),
            ("MCP_READ_ONLY", ""),
            ("MCP_WAIT_SECONDS", "${WAIT}"),
        ]);
        let settings = parse(&[], &env).unwrap().settings;
        assert!(!settings.demo && !settings.read_only);
        assert_eq!(settings.wait_seconds, 40);
    }

    #[test]
    fn an_unusable_variable_is_refused() {
        let error = parse(&[], &Env::from([("MCP_WAIT_SECONDS", "soon")])).unwrap_err();
        assert!(error.to_string().contains("--wait-seconds"), "{error}");
        assert!(parse(&[], &Env::from([("MCP_MEDIA", "postcard")])).is_err());
    }

    #[test]
    fn help_names_every_variable_and_never_the_token() {
        let env = Env::from([("MCP_AUTH_TOKEN", "hush-hush-hush")]);
        let help = parse(&["serve", "--help"], &env).unwrap_err().to_string();
        assert!(
            help.contains("[MCP_BIND]") && help.contains("[MCP_OUTPUT_DIR]"),
            "{help}"
        );
        assert!(!help.contains("hush-hush-hush"));
    }

    #[test]
    fn the_defaults_are_those_of_an_empty_command_line() {
        let parsed = parse(&[], &Env::default()).unwrap().settings;
        assert_eq!(format!("{parsed:?}"), format!("{:?}", Settings::defaults()));
    }

    #[test]
    fn a_call_may_take_a_minute_or_as_long_as_the_operator_lets_it_wait() {
        let mut settings = Settings::defaults();
        assert_eq!(settings.call_timeout(), Duration::from_secs(60));
        settings.wait_seconds = 300;
        assert_eq!(settings.call_timeout(), Duration::from_secs(320));
    }
}
