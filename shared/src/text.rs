//! Text that came from outside, made safe to show to a model.

/// Provider text in an error is cut to this many characters.
const QUOTE_CHARACTERS: usize = 300;

/// Provider text for an error: cleaned, on one line, without markup, at most 300 characters.
pub fn quote(text: &str) -> String {
    let text = text.trim();
    if text.is_empty() {
        return "no message".into();
    }
    if text.starts_with('<') {
        return "an HTML page instead of data".into();
    }
    let one_line: Vec<&str> = text.split_whitespace().collect();
    // Cleaned first: a secret broken up by invisible characters must not come out whole.
    cut(
        &crate::secrets::redact(&clean(&one_line.join(" "))),
        QUOTE_CHARACTERS,
    )
}

/// Without control characters (line feed and tab stay), bidirectional overrides and Unicode tags,
/// which can hide instructions from the person and show them to the model.
pub fn clean(text: &str) -> String {
    text.chars().filter(|&c| !is_hidden(c)).collect()
}

/// Whether [`clean`] would change the text.
pub fn is_clean(text: &str) -> bool {
    !text.chars().any(is_hidden)
}

fn is_hidden(c: char) -> bool {
    (c.is_control() && c != '\n' && c != '\t')
        || matches!(c, '\u{200b}' | '\u{2060}' | '\u{feff}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{e0000}'..='\u{e007f}')
}

/// The first `characters` characters, with an ellipsis if something was cut.
pub fn cut(text: &str, characters: usize) -> String {
    match text.char_indices().nth(characters) {
        None => text.into(),
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
    }
}

/// `1234567` as `1,234,567`.
pub fn thousands(number: u64) -> String {
    let digits = number.to_string();
    let mut grouped = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

/// A limit: `64 MiB`, or `1,000 bytes` for what is no whole number of them.
pub fn size(bytes: u64) -> String {
    const MEBIBYTE: u64 = 1024 * 1024;
    match bytes {
        1.. if bytes.is_multiple_of(MEBIBYTE) => format!("{} MiB", thousands(bytes / MEBIBYTE)),
        _ => format!("{} bytes", thousands(bytes)),
    }
}

/// With a capital first letter and without a final full stop.
pub fn sentence(text: &str) -> String {
    let text = text.trim_end_matches('.');
    let mut characters = text.chars();
    match characters.next() {
        Some(first) => first.to_uppercase().chain(characters).collect(),
        None => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quote_is_one_clean_short_line() {
        assert_eq!(quote(" a\n\u{202e}b\u{7}\tc "), "a b c");
        assert_eq!(quote(&"x".repeat(400)).chars().count(), 301);
    }

    #[test]
    fn an_html_page_is_named_not_quoted() {
        assert_eq!(
            quote("<!doctype html><h1>502</h1>"),
            "an HTML page instead of data"
        );
    }

    #[test]
    fn large_numbers_are_grouped() {
        let grouped = [0, 999, 1_000, 1_234_567].map(thousands);
        assert_eq!(grouped, ["0", "999", "1,000", "1,234,567"]);
    }

    #[test]
    fn whole_mebibytes_are_told_as_such() {
        let sizes = [0, 1_000, 1024 * 1024, 64 * 1024 * 1024 + 1].map(size);
        assert_eq!(
            sizes,
            ["0 bytes", "1,000 bytes", "1 MiB", "67,108,865 bytes"]
        );
    }

    #[test]
    fn hidden_instructions_are_removed_and_letters_are_kept() {
        assert_eq!(clean("Zürich\u{e0041}\u{200b} 東京\n"), "Zürich 東京\n");
    }
}
