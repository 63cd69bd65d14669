//! The files of the repository as text.

use std::{fs, path::Path};

use super::houses;

pub(crate) struct Source {
    /// From the root, with forward slashes.
    pub(crate) path: String,
    pub(crate) text: String,
}

impl Source {
    /// `path:line: text` of each line that contains the pattern.
    pub(crate) fn lines_with(&self, pattern: &str) -> Vec<String> {
        self.lines(|line| line.contains(pattern))
    }

    fn lines(&self, is_wanted: impl Fn(&str) -> bool) -> Vec<String> {
        let lines = self.text.lines().enumerate();
        lines
            .filter(|(_, line)| is_wanted(line))
            .map(|(number, line)| format!("{}:{}: {}", self.path, number + 1, line.trim()))
            .collect()
    }
}

/// All sources and manifests below these directories of the root.
pub(crate) fn sources(directories: &[&str]) -> Vec<Source> {
    let mut all = Vec::new();
    for directory in directories {
        collect(&houses::root().join(directory), &mut all);
    }
    all.sort_by(|a, b| a.path.cmp(&b.path));
    all
}

pub(crate) fn is_rust(source: &Source) -> bool {
    source.path.ends_with(".rs")
}

/// The lines that contain the word, in any case and not as a part of a longer word.
pub(crate) fn with_word(sources: &[Source], word: &str) -> Vec<String> {
    let has_word = |line: &str| {
        let line = line.to_lowercase();
        line.match_indices(word).any(|(start, _)| {
            let before = line[..start].chars().next_back();
            let after = line[start + word.len()..].chars().next();
            let is_part = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
            !is_part(before) && !is_part(after)
        })
    };
    let lines = sources.iter().flat_map(|source| source.lines(has_word));
    lines.collect()
}

fn collect(directory: &Path, all: &mut Vec<Source>) {
    for entry in fs::read_dir(directory).into_iter().flatten().flatten() {
        let path = entry.path();
        let name = entry.file_name().to_string_lossy().into_owned();
        if path.is_dir() && name != "target" && name != "node_modules" {
            collect(&path, all);
        } else if name.ends_with(".rs") || name == "Cargo.toml" {
            let text = fs::read_to_string(&path).unwrap_or_default();
            let relative = path.strip_prefix(houses::root()).unwrap_or(&path);
            let path = relative.to_string_lossy().replace('\\', "/");
            all.push(Source { path, text });
        }
    }
}
