//! Reading the environment and `.env`, once, injectable so that tests never touch the process.

use std::{collections::BTreeMap, fmt, path::Path, str::FromStr};

use anyhow::Context as _;
use secrecy::SecretString;
use url::Url;

use crate::secrets;

/// A secret file longer than this is not a secret file.
const LONGEST_SECRET: u64 = 64 * 1024;

/// The variables a server may read: the process environment, then `.env` for what it lacks.
///
/// Empty values and placeholders that a client forgot to fill in count as unset.
#[derive(Clone, Default)]
pub struct Env(BTreeMap<String, String>);

/// Only the names: values may be secret.
impl fmt::Debug for Env {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}

impl Env {
    /// The process environment, and `.env` from the working directory or above.
    #[expect(
        clippy::disallowed_methods,
        reason = "the one place that reads the environment"
    )]
    pub fn load() -> Self {
        let mut all = BTreeMap::new();
        if let Ok(file) = dotenvy::dotenv_iter() {
            all.extend(file.flatten());
        }
        all.extend(std::env::vars_os().filter_map(|(name, value)| {
            Some((name.into_string().ok()?, value.into_string().ok()?))
        }));
        Self(all)
    }

    /// These variables instead of what was there; `None` removes one.
    pub fn with<'a>(
        mut self,
        changes: impl IntoIterator<Item = (&'a str, Option<String>)>,
    ) -> Self {
        for (name, value) in changes {
            match value {
                Some(value) => self.0.insert(name.into(), value),
                None => self.0.remove(name),
            };
        }
        self
    }

    /// The value, unless it is empty or a placeholder.
    pub fn get(&self, name: &str) -> Option<&str> {
        let value = self.0.get(name)?.trim();
        (!value.is_empty() && !is_placeholder(value)).then_some(value)
    }

    /// How the variable stands, for messages: "is set", "is not set", "is empty",
    /// or "holds the placeholder `${user_config.key}`, which counts as not set".
    pub fn state(&self, name: &str) -> String {
        match self.0.get(name).map(|value| value.trim()) {
            None => "is not set".into(),
            Some("") => "is empty".into(),
            Some(value) if is_placeholder(value) => {
                format!("holds the placeholder `{value}`, which counts as not set")
            }
            Some(_) => "is set".into(),
        }
    }

    /// `NAME`, or the content of the file that `NAME_FILE` names. The value is registered for
    /// redaction. Fails when the file cannot be read.
    pub fn secret(&self, name: &str) -> anyhow::Result<Option<SecretString>> {
        let value = match self.get(name) {
            Some(value) => Some(value.to_owned()),
            None => self.secret_file(&format!("{name}_FILE"))?,
        };
        let secret = value.map(SecretString::from);
        if let Some(secret) = &secret {
            secrets::register(secret);
        }
        Ok(secret)
    }

    fn secret_file(&self, name: &str) -> anyhow::Result<Option<String>> {
        let Some(path) = self.get(name) else {
            return Ok(None);
        };
        let context = || format!("cannot read the file `{path}` that `{name}` names");
        let size = Path::new(path).metadata().with_context(context)?.len();
        anyhow::ensure!(
            size <= LONGEST_SECRET,
            "the file `{path}` that `{name}` names is too large for a secret"
        );
        let value = std::fs::read_to_string(path).with_context(context)?;
        let value = value.trim();
        anyhow::ensure!(
            !value.is_empty(),
            "the file `{path}` that `{name}` names is empty"
        );
        Ok(Some(value.into()))
    }

    /// The parsed value, or `default` when unset. Fails with the variable's name.
    pub fn parsed<T: FromStr>(&self, name: &str, default: T) -> anyhow::Result<T>
    where
        T::Err: fmt::Display,
    {
        self.get(name).map_or(Ok(default), |value| {
            value.parse().map_err(|error| {
                anyhow::anyhow!("`{name}` has an unusable value `{value}`: {error}")
            })
        })
    }

    /// A base URL that replaces a provider's hosts. Only http and https, no user, query or fragment.
    pub fn base_url(&self, name: &str) -> anyhow::Result<Option<Url>> {
        let Some(value) = self.get(name) else {
            return Ok(None);
        };
        let url = Url::parse(value).with_context(|| format!("`{name}` is not a URL"))?;
        anyhow::ensure!(
            matches!(url.scheme(), "http" | "https") && url.has_host(),
            "`{name}` must be an http or https URL"
        );
        anyhow::ensure!(
            url.username().is_empty()
                && url.password().is_none()
                && url.query().is_none()
                && url.fragment().is_none(),
            "`{name}` must be a plain base URL without user, query or fragment"
        );
        Ok(Some(url))
    }
}

/// What clients and example files leave behind when nobody filled in a value.
fn is_placeholder(value: &str) -> bool {
    let lower = value.to_ascii_lowercase();
    (value.starts_with("${") && value.ends_with('}'))
        || (value.starts_with("{{") && value.ends_with("}}"))
        || (value.starts_with('<') && value.ends_with('>'))
        || (lower.starts_with("your") && (lower.contains("key") || lower.contains("token")))
        || matches!(
            lower.as_str(),
            "changeme" | "replace_me" | "xxx" | "undefined" | "null"
        )
}

impl<const N: usize> From<[(&str, &str); N]> for Env {
    fn from(pairs: [(&str, &str); N]) -> Self {
        Self(
            pairs
                .into_iter()
                .map(|(name, value)| (name.into(), value.into()))
                .collect(),
        )
    }
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret as _;

    use super::*;

    #[test]
    fn empty_values_and_placeholders_count_as_unset_and_say_so() {
        for value in [
            "",
            "  ",
            "${user_config.key}",
            "${PROVIDER_API_KEY}",
            "your_key_here",
            "<key>",
            "YOUR-API-KEY",
        ] {
            let env = Env::from([("KEY", value)]);
            assert_eq!(env.get("KEY"), None, "{value:?}");
            assert!(env.secret("KEY").unwrap().is_none());
            assert_ne!(env.state("KEY"), "is set");
        }
        let env = Env::from([("KEY", "${VAR}")]);
        assert_eq!(
            env.state("KEY"),
            "holds the placeholder `${VAR}`, which counts as not set"
        );
    }

    #[test]
    fn a_secret_comes_from_the_variable_or_from_a_file() {
        let file = std::env::temp_dir().join(format!("mcp-secret-{}", fastrand::u64(..)));
        std::fs::write(&file, "from-a-file\n").unwrap();
        let env = Env::from([("KEY_FILE", file.to_str().unwrap())]);
        assert_eq!(
            env.secret("KEY").unwrap().unwrap().expose_secret(),
            "from-a-file"
        );
        let both = env.with([("KEY", Some("from-a-variable".into()))]);
        assert_eq!(
            both.secret("KEY").unwrap().unwrap().expose_secret(),
            "from-a-variable"
        );
        std::fs::remove_file(file).unwrap();
    }

    #[test]
    fn a_secret_file_that_cannot_be_read_is_an_error_that_names_the_variable() {
        let env = Env::from([("KEY_FILE", "/does/not/exist")]);
        assert!(
            env.secret("KEY")
                .unwrap_err()
                .to_string()
                .contains("`KEY_FILE`")
        );
    }

    #[test]
    fn the_debug_form_shows_names_only() {
        assert_eq!(
            format!("{:?}", Env::from([("KEY", "hush-hush")])),
            r#"{"KEY"}"#
        );
    }

    #[test]
    fn a_base_url_with_credentials_is_refused() {
        let env = Env::from([("BASE", "https://user:pass@example.org")]);
        assert!(env.base_url("BASE").is_err());
        assert!(
            Env::from([("BASE", "ftp://example.org")])
                .base_url("BASE")
                .is_err()
        );
    }
}
