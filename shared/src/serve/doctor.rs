//! `doctor`: everything that can be wrong with an installation, a line each, with the next step.

use std::{path::Path, process::ExitCode};

use crate::{
    Check, Mcp, Server, config::Env, media, secrets, serve::call::print, settings::Settings,
};

/// Prints the report; exit code 1 when something fails.
pub(super) async fn run<S: Server>(
    mcp: &Mcp<S>,
    env: &Env,
    settings: &Settings,
) -> anyhow::Result<ExitCode> {
    let about = S::ABOUT;
    let mut checks = vec![Check::Ok(format!("{} {}", about.name, about.version))];
    checks.extend(
        mcp.server()
            .report()
            .into_iter()
            .map(|(name, value)| Check::Ok(format!("{name}: {value}"))),
    );
    checks.push(Check::Ok(format!("tools: {} enabled", mcp.tools().len())));
    checks.push(directory(
        ("output directory", "MCP_OUTPUT_DIR"),
        &settings.output_dir(),
        settings.output_dir.is_some(),
    ));
    if mcp.server().jobs().is_some() {
        // Without it servers still work, and say so in every paid answer.
        let state = ("state directory", "MCP_STATE_DIR");
        checks.push(directory(state, &settings.state_dir(), false));
    }
    checks.push(Check::Ok(format!("proxy: {}", proxy(env))));
    if settings.demo {
        checks.push(Check::Warn(
            "demo mode: the provider is an imitation".into(),
            "Leave out --demo for the real one.".into(),
        ));
    }
    checks.extend(mcp.server().checks().await);
    let lines: Vec<String> = checks.iter().map(line).collect();
    print(&secrets::redact(&lines.join("\n")))?;
    let failed = checks.iter().any(|check| matches!(check, Check::Fail(..)));
    Ok(ExitCode::from(u8::from(failed)))
}

fn line(check: &Check) -> String {
    match check {
        Check::Ok(what) => format!("ok    {what}"),
        Check::Warn(what, next) => format!("warn  {what}. {next}"),
        Check::Fail(what, next) => format!("fail  {what}. {next}"),
    }
}

/// Whether a server can keep files there.
fn directory((what, variable): (&str, &str), dir: &Path, must_work: bool) -> Check {
    let shown = dir.display();
    let existed = dir.exists();
    let written = media::try_writing(dir);
    if !existed {
        // Looking must not leave anything behind; a directory in use is not empty and stays.
        let _ = std::fs::remove_dir(dir);
    }
    match written {
        Ok(()) => Check::Ok(format!("{what}: {shown}")),
        Err(error) => {
            let what = format!("{what}: {shown} cannot be written ({error})");
            let next = format!("Set {variable} to a directory you can write to.");
            if must_work {
                Check::Fail(what, next)
            } else {
                Check::Warn(what, next)
            }
        }
    }
}

/// Which proxy is in use. Without user and password, which may be part of its URL.
fn proxy(env: &Env) -> String {
    const NAMES: [&str; 6] = [
        "HTTPS_PROXY",
        "https_proxy",
        "ALL_PROXY",
        "all_proxy",
        "HTTP_PROXY",
        "http_proxy",
    ];
    let found = NAMES
        .into_iter()
        .find_map(|name| Some((name, env.get(name)?)));
    let Some((name, value)) = found else {
        return "none".into();
    };
    let host = url::Url::parse(value).ok().and_then(|url| {
        let host = url.host_str()?.to_owned();
        Some(
            url.port()
                .map_or(host.clone(), |port| format!("{host}:{port}")),
        )
    });
    format!(
        "{} ({name})",
        host.unwrap_or_else(|| "set, but not a URL".into())
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    const OUTPUT: (&str, &str) = ("output directory", "MCP_OUTPUT_DIR");

    #[test]
    fn a_proxy_is_shown_without_its_password() {
        let env = Env::from([("HTTPS_PROXY", "http://user:hush@proxy.example:3128")]);
        assert_eq!(proxy(&env), "proxy.example:3128 (HTTPS_PROXY)");
        assert_eq!(proxy(&Env::default()), "none");
    }

    #[test]
    fn a_directory_that_cannot_be_made_fails_only_when_it_was_asked_for() {
        let impossible = Path::new("/dev/null/pictures");
        assert!(matches!(
            directory(OUTPUT, impossible, true),
            Check::Fail(..)
        ));
        assert!(matches!(
            directory(OUTPUT, impossible, false),
            Check::Warn(..)
        ));
    }

    #[test]
    fn looking_at_a_missing_directory_leaves_nothing_behind() {
        let dir = std::env::temp_dir().join(format!("mcp-doctor-test-{}", fastrand::u64(..)));
        assert!(matches!(directory(OUTPUT, &dir, true), Check::Ok(_)));
        assert!(!dir.exists());
    }
}
