//! File names that every file system takes, made of what was asked for.

use super::Facts;

const LONGEST_SLUG: usize = 40;
const SHORT_ID: usize = 8;

/// `a-red-fox-g6dckhu3`: words of the prompt, the end of the job id, and from the second output on its number.
///
/// Only `a-z`, `0-9` and `-`, at most 53 characters. No name that Windows reserves: those have no `-`.
pub(super) fn stem(facts: &Facts, index: usize, sha256: &str) -> String {
    let model = facts.model.rsplit('/').next().unwrap_or_default();
    let slug = [facts.prompt.as_deref().unwrap_or_default(), model, "output"]
        .into_iter()
        .map(slug)
        .find(|slug| !slug.is_empty())
        .unwrap_or_default();
    let id = match short_id(&facts.job_id) {
        id if id.is_empty() => sha256.chars().take(SHORT_ID).collect(),
        id => id,
    };
    match index {
        0 => format!("{slug}-{id}"),
        _ => format!("{slug}-{id}-{}", index + 1),
    }
}

/// ASCII words in lower case, joined by `-`, as many as fit.
pub(super) fn slug(text: &str) -> String {
    let mut slug = String::new();
    // Nobody's prompt is read to its end for a name.
    let text: String = text.chars().take(400).collect();
    let words = text
        .split(|c: char| !c.is_alphanumeric())
        .map(ascii_part)
        .filter(|word| !word.is_empty());
    for word in words {
        if slug.is_empty() {
            slug = word.chars().take(LONGEST_SLUG).collect();
        } else if slug.len() + 1 + word.len() <= LONGEST_SLUG {
            slug.push('-');
            slug.push_str(&word);
        } else {
            break;
        }
    }
    slug
}

fn ascii_part(word: &str) -> String {
    word.chars()
        .filter(char::is_ascii_alphanumeric)
        .map(|c| c.to_ascii_lowercase())
        .collect()
}

/// The end of the id: what comes first is often a prefix or the time, the same for many jobs.
fn short_id(id: &str) -> String {
    let id = ascii_part(id);
    let start = id.len().saturating_sub(SHORT_ID);
    id.get(start..).unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name_of(prompt: &str) -> String {
        let facts = Facts {
            model: "somebody/great-model".into(),
            job_id: "job_0123456789ABCDEF".into(),
            prompt: Some(prompt.into()),
            ..Facts::default()
        };
        stem(&facts, 0, "feed")
    }

    #[test]
    fn a_name_is_made_of_the_first_words_and_the_end_of_the_id() {
        assert_eq!(
            name_of("A red fox, sleeping"),
            "a-red-fox-sleeping-89abcdef"
        );
        let long = name_of("the quick brown fox jumps over the lazy dog again and again");
        assert_eq!(long, "the-quick-brown-fox-jumps-over-the-lazy-89abcdef");
        assert_eq!(name_of(&"x".repeat(900)).len(), 40 + 1 + 8);
    }

    #[test]
    fn nothing_in_a_prompt_leaves_the_directory() {
        assert_eq!(name_of("../../etc/passwd\0\n"), "etc-passwd-89abcdef");
        assert_eq!(
            name_of(r"C:\Windows\system32"),
            "c-windows-system32-89abcdef"
        );
        assert_eq!(name_of(".hidden"), "hidden-89abcdef");
    }

    #[test]
    fn other_alphabets_fall_back_to_the_model() {
        assert_eq!(name_of("Z\u{fc}rich bei Nacht"), "zrich-bei-nacht-89abcdef");
        assert_eq!(
            name_of("\u{6771}\u{4eac}\u{306e}\u{591c}"),
            "great-model-89abcdef"
        );
        assert_eq!(name_of("\u{1f98a} !"), "great-model-89abcdef");
        assert_eq!(stem(&Facts::default(), 0, "feedbeef00"), "output-feedbeef");
    }

    #[test]
    fn a_name_that_windows_reserves_does_not_come_out() {
        for reserved in ["CON", "nul", "com1", "LPT9", "aux."] {
            assert!(name_of(reserved).ends_with("-89abcdef"), "{reserved}");
        }
    }

    #[test]
    fn further_outputs_are_numbered() {
        let facts = Facts {
            job_id: "ab/../c".into(),
            ..Facts::default()
        };
        assert_eq!(stem(&facts, 1, ""), "output-abc-2");
    }
}
