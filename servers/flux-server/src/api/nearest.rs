//! Which of the names that exist somebody may have meant.

/// More differences than this, and it is another word.
const MOST_DIFFERENCES: usize = 3;
/// Words longer than this are not compared letter by letter.
const LONGEST: usize = 80;

/// The most similar names first: a few letters apart, or one contains the other.
pub(super) fn nearest<'a>(
    name: &str,
    known: impl Iterator<Item = &'a str>,
    most: usize,
) -> Vec<&'a str> {
    let name = name.to_lowercase();
    if name.is_empty() || name.len() > LONGEST {
        return Vec::new();
    }
    let mut ranked: Vec<(usize, &str)> = known
        .filter_map(|candidate| Some((differences(&name, candidate)?, candidate)))
        .collect();
    ranked.sort_by_key(|(rank, _)| *rank);
    ranked
        .into_iter()
        .take(most)
        .map(|(_, name)| name)
        .collect()
}

fn differences(name: &str, candidate: &str) -> Option<usize> {
    let candidate = candidate.to_lowercase();
    let distance = distance(name, &candidate);
    // In a short word three changed letters are another word.
    let bound = MOST_DIFFERENCES.min(name.len().max(candidate.len()).div_ceil(3));
    let contains = name.len() > 2 && (candidate.contains(name) || name.contains(&candidate));
    (distance <= bound || contains).then_some(distance)
}

/// Levenshtein's: letters put in, left out or changed.
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, left) in a.chars().enumerate() {
        let mut diagonal = i;
        let mut before = i + 1;
        for (cell, right) in row.iter_mut().skip(1).zip(&b) {
            let changed = diagonal + usize::from(left != *right);
            diagonal = *cell;
            before = changed.min(*cell + 1).min(before + 1);
            *cell = before;
        }
        if let Some(first) = row.first_mut() {
            *first = i + 1;
        }
    }
    row.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_distance_counts_changed_letters() {
        for (a, b, expected) in [
            ("", "abc", 3),
            ("abc", "abc", 0),
            ("kitten", "sitting", 3),
            ("seeds", "seed", 1),
        ] {
            assert_eq!(distance(a, b), expected);
            assert_eq!(distance(b, a), expected);
        }
    }

    #[test]
    fn similar_names_come_nearest_first_and_others_not_at_all() {
        let known = ["guidance", "image", "image_prompt", "seed"];
        assert_eq!(nearest("imgae", known.into_iter(), 1), ["image"]);
        assert_eq!(
            nearest("guidance_scale", known.into_iter(), 2),
            ["guidance"]
        );
        assert!(nearest("width", known.into_iter(), 3).is_empty());
    }
}
