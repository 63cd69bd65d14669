//! Replicate's error bodies, turned into our errors.

use std::time::Duration;

use serde::Deserialize;
use serde_json::Value;
use shared::{Error, error::Attempts, text};

use super::{
    PROVIDER,
    schema::{Problem, problems_error},
};

/// An error's body is short, and a success is not read twice.
const LONGEST_PROBLEM: usize = 64 * 1024;

/// As in RFC 7807, more or less.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Problem7807 {
    id: Value,
    title: Value,
    detail: Value,
    status: Value,
    invalid_fields: Vec<InvalidField>,
    retry_after: Value,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct InvalidField {
    field: String,
    description: String,
}

/// `None` for a success, and where the status says enough.
pub(super) fn explain(status: u16, body: &[u8]) -> Option<Error> {
    if body.len() > LONGEST_PROBLEM {
        return None;
    }
    let problem: Problem7807 = serde_json::from_slice(body).unwrap_or_default();
    let is_success = (200..300).contains(&status);
    if is_success {
        return problem.in_a_success().then(|| problem.told(status));
    }
    problem.explain(status)
}

impl Problem7807 {
    /// Gateways pass errors on with status 200. What has an id or a status in words is no error.
    fn in_a_success(&self) -> bool {
        let claimed = self.status.as_u64().is_some_and(|status| status >= 400);
        self.id.is_null() && self.detail.is_string() && (claimed || self.status.is_null())
    }

    /// The error that the body claims to be.
    fn told(&self, status: u16) -> Error {
        let claimed = self.status.as_u64().and_then(|it| u16::try_from(it).ok());
        let status = claimed.unwrap_or(status);
        self.explain(status).unwrap_or_else(|| self.plain(status))
    }

    fn explain(&self, status: u16) -> Option<Error> {
        match status {
            413 => Some(self.rejected(status, "what was sent is larger than Replicate takes")),
            422 => Some(self.unprocessable()),
            429 => Some(Error::RateLimited {
                provider: PROVIDER,
                message: self.message(),
                retry_after: self.retry_after(),
                attempts: NONE_YET,
            }),
            400..=499 if self.title == "Invalid version or not permitted" => Some(no_version()),
            _ => None,
        }
    }

    /// For a body whose status is not the answer's, so that nobody else looks at it.
    fn plain(&self, status: u16) -> Error {
        let (provider, message) = (PROVIDER, self.message());
        match status {
            401 | 403 => Error::Auth {
                provider,
                status,
                message,
                env: super::TOKEN_ENV,
                get_it_at: super::GET_TOKEN_AT,
            },
            402 => Error::NoCredit {
                provider,
                status,
                message,
            },
            404 => Error::NotFound {
                what: "what Replicate was asked for".into(),
                next: "Check the name or id; the same call will fail again.".into(),
            },
            500..=599 => Error::Upstream {
                provider,
                status,
                message,
                attempts: NONE_YET,
                may_have_started: false,
            },
            _ => self.rejected(status, &message),
        }
    }

    fn unprocessable(&self) -> Error {
        if self.title == "Invalid version or not permitted" {
            return no_version();
        }
        let problems = self
            .invalid_fields
            .iter()
            .map(InvalidField::problem)
            .collect();
        problems_error(problems).unwrap_or_else(|| self.rejected(422, &self.message()))
    }

    fn rejected(&self, status: u16, message: &str) -> Error {
        Error::Rejected {
            provider: PROVIDER,
            status,
            message: message.into(),
        }
    }

    fn message(&self) -> String {
        let said = self.detail.as_str().or(self.title.as_str());
        text::quote(said.unwrap_or_default())
    }

    /// As a number, else as the message says it: `resets in ~9s`, `available in 1 second`.
    fn retry_after(&self) -> Option<Duration> {
        if let Some(seconds) = self.retry_after.as_f64() {
            return Duration::try_from_secs_f64(seconds).ok();
        }
        let detail = self.detail.as_str()?;
        let (_, after) = ["resets in ", "available in "]
            .iter()
            .find_map(|words| detail.split_once(words))?;
        let after = after.trim_start_matches('~');
        let end = after.find(|c: char| !c.is_ascii_digit());
        let seconds = after.get(..end.unwrap_or(after.len()))?.parse().ok()?;
        Some(Duration::from_secs(seconds))
    }
}

impl InvalidField {
    /// `input.num_outputs` is `num_outputs` to a caller, and what is wrong with `input` itself is
    /// wrong with the field its description begins with: `prompt is required`.
    fn problem(&self) -> Problem {
        let field = self.field.strip_prefix("input.").unwrap_or(&self.field);
        let first = self.description.split_whitespace().next();
        let field = match first.filter(|_| field == "input") {
            Some(word) if self.description.ends_with("is required") => word,
            _ => field,
        };
        Problem {
            field: text::cut(&text::quote(field), 60),
            reason: text::quote(&self.description),
        }
    }
}

fn no_version() -> Error {
    Error::invalid(
        "model",
        "Replicate has no such version of it, or this token may not run it; as `owner/name` its newest version runs",
    )
}

/// Filled in by who counts them.
const NONE_YET: Attempts = Attempts {
    count: 0,
    elapsed: Duration::ZERO,
};

#[cfg(test)]
#[path = "tests/explain.rs"]
mod tests;
