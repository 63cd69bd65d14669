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
    checks.push(output_dir(
        &settings.output_dir(),
        settings.output_dir.is_some(),
    ));
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

/// Whether media can be kept there.
fn output_dir(dir: &Path, is_explicit: bool) -> Check {
    let shown = dir.display();
    let existed = dir.exists();
    let written = media::try_writing(dir);
    if !existed {
        // Looking must not leave anything behind; a directory in use is not empty and stays.
        let _ = std::fs::remove_dir(dir);
    }
    match written {
        Ok(()) => Check::Ok(format!("output directory: {shown}")),
        Err(error) => {
            let what = format!("output directory: {shown} cannot be written ({error})");
            let next = "Set MCP_OUTPUT_DIR to a directory you can write to.".to_owned();
            if is_explicit {
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

    #[test]
    fn a_proxy_is_shown_without_its_password() {
        let env = Env::from([("HTTPS_PROXY", "http://user:hush@proxy.example:3128")]);
        assert_eq!(proxy(&env), "proxy.example:3128 (HTTPS_PROXY)");
        assert_eq!(proxy(&Env::default()), "none");
    }

    #[test]
    fn a_directory_that_cannot_be_made_fails_only_when_it_was_asked_for() {
        let impossible = Path::new("/dev/null/pictures");
        assert!(matches!(output_dir(impossible, true), Check::Fail(..)));
        assert!(matches!(output_dir(impossible, false), Check::Warn(..)));
    }

    #[test]
    fn looking_at_a_missing_directory_leaves_nothing_behind() {
        let dir = std::env::temp_dir().join(format!("mcp-doctor-test-{}", fastrand::u64(..)));
        assert!(matches!(output_dir(&dir, true), Check::Ok(_)));
        assert!(!dir.exists());
    }
}
