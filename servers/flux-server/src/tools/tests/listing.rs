//! Replicate's list, joined with what was written down here.

use std::{collections::BTreeSet, path::PathBuf};

use jiff::Timestamp;

use super::{ID, entry, prediction, time};
use crate::{
    api::{NewPrediction, Page, Status},
    tools::listing::{
        ListOutput, WantedStatus,
        join::{Cursor, joined, ledger_alone, lost, recognized, row},
    },
};

fn page(ids: &[&str], cursor: Option<&str>) -> Page {
    Page {
        predictions: ids.iter().map(|id| prediction(id)).collect(),
        cursor: cursor.map(str::to_owned),
    }
}

fn nothing_gone() -> BTreeSet<PathBuf> {
    BTreeSet::new()
}

fn ids(output: &ListOutput) -> Vec<&str> {
    let rows = output.predictions.iter();
    rows.map(|row| row.id.as_str()).collect()
}

#[test]
fn a_row_joins_both_sides() {
    let mut ours = entry(1, Some(ID), "done");
    ours.files = vec!["/pictures/a.webp".into(), "/pictures/b.webp".into()];
    let gone = BTreeSet::from(["/pictures/b.webp".into()]);
    let row = row(&prediction(ID), Some(&ours), &gone);
    assert_eq!(row.status, "succeeded");
    assert_eq!(row.tool.as_deref(), Some("generate_image"));
    assert_eq!(row.prompt.as_deref(), Some("a red fox in the snow"));
    assert_eq!(row.files, ["/pictures/a.webp"]);
    assert!(row.files_gone);
}

#[test]
fn a_long_prompt_is_cut_and_a_deleted_result_is_marked() {
    let mut deleted = prediction(ID);
    deleted.data_removed = true;
    deleted
        .input
        .insert("prompt".into(), "x ".repeat(80).into());
    let row = row(&deleted, None, &nothing_gone());
    assert_eq!(row.prompt.unwrap().chars().count(), 61);
    assert!(row.result_deleted);
    assert_eq!((row.tool, row.expires), (None, None));
}

#[test]
fn pages_of_ours_walk_through_a_page_of_replicates_and_on_to_the_next() {
    let all = page(&["a", "b", "c"], Some("older"));
    let none = nothing_gone();
    let first = joined(&all, &[], &none, &Cursor::default(), 2, None);
    assert_eq!(ids(&first), ["a", "b"]);
    assert_eq!(first.next_cursor.as_deref(), Some("2"));
    let second = Cursor::parse("2").unwrap();
    let second = joined(&all, &[], &none, &second, 2, None);
    assert_eq!(ids(&second), ["c"]);
    assert_eq!(second.next_cursor.as_deref(), Some("0:older"));
    let third = Cursor::parse("0:older").unwrap();
    assert_eq!(third.page.as_deref(), Some("older"));
    let third = joined(&page(&["d"], None), &[], &none, &third, 2, None);
    assert_eq!((ids(&third), &third.next_cursor), (vec!["d"], &None));
}

#[test]
fn a_status_is_applied_before_the_limit() {
    let mut all = page(&["a", "b", "c", "d"], None);
    all.predictions[0].status = Status::Failed;
    all.predictions[2].status = Status::Failed;
    let wanted = Some(WantedStatus::Failed);
    let none = nothing_gone();
    let output = joined(&all, &[], &none, &Cursor::default(), 1, wanted);
    assert_eq!(ids(&output), ["a"]);
    assert_eq!(output.next_cursor.as_deref(), Some("2"));
    let rest = Cursor::parse("2").unwrap();
    let output = joined(&all, &[], &none, &rest, 1, wanted);
    assert_eq!((ids(&output), &output.next_cursor), (vec!["c"], &None));
}

#[test]
fn a_cursor_of_another_tool_is_refused() {
    for bad in ["", "abc", "-1", ":x"] {
        let error = Cursor::parse(bad).unwrap_err();
        assert!(error.to_string().contains("`cursor`"), "{error}");
    }
}

#[test]
fn a_lost_submit_is_recognized_by_what_was_sent_and_only_once() {
    let listed = [prediction("a"), prediction("b"), prediction("c")];
    let digest = NewPrediction::digest(&listed[0].model, &listed[0].input);
    let mut lost = entry(1, None, "submitting");
    lost.digest.clone_from(&digest);
    let mut again = entry(2, None, "unknown");
    again.digest.clone_from(&digest);
    let known = entry(3, Some("c"), "running");
    assert_eq!(
        recognized(&[again, lost, known], &listed),
        [(2, "b".to_owned()), (1, "a".to_owned())]
    );
}

#[test]
fn something_older_or_different_is_not_the_lost_submit() {
    let listed = [prediction("a")];
    let mut other = entry(1, None, "unknown");
    other.digest = "something else".into();
    let mut later = entry(2, None, "unknown");
    later.digest = NewPrediction::digest(&listed[0].model, &listed[0].input);
    later.created = time("2026-11-21T17:00:00Z");
    assert_eq!(recognized(&[other, later], &listed), []);
}

#[test]
fn a_submit_is_lost_while_it_has_no_answer() {
    let rows = [
        entry(1, None, "submitting"),
        entry(2, None, "unknown"),
        entry(3, None, "not started"),
        entry(4, Some("c"), "unknown"),
    ];
    let lost = lost(&rows, time("2026-11-21T16:00:00Z"));
    assert_eq!(lost.len(), 2);
    for row in lost {
        assert_eq!(row.submitted, "2026-11-21T16:30:00Z");
        assert_eq!(row.tool, "generate_image");
    }
}

#[test]
fn a_submit_of_long_ago_is_no_news() {
    let rows = [entry(1, None, "unknown")];
    assert_eq!(lost(&rows, time("2026-11-21T17:00:00Z")), []);
}

#[test]
fn the_ledger_alone_shows_what_has_an_id() {
    let rows = [entry(1, None, "unknown"), entry(2, Some(ID), "running")];
    let output = ledger_alone(&rows, &nothing_gone(), 10, None);
    assert_eq!(ids(&output), [ID]);
    assert_eq!(output.predictions[0].status, "running");
    assert!(output.notes.is_empty());
    let output = ledger_alone(&rows, &nothing_gone(), 10, Some(WantedStatus::Failed));
    assert_eq!(output.notes.len(), 1);
}

#[test]
fn the_text_has_a_line_for_everything() {
    let mut ours = entry(1, Some(ID), "done");
    ours.files = vec!["/pictures/a.webp".into()];
    let none = nothing_gone();
    let mut output = joined(
        &page(&[ID], Some("x")),
        &[ours],
        &none,
        &Cursor::default(),
        10,
        None,
    );
    output.unconfirmed = lost(&[entry(2, None, "unknown")], Timestamp::MIN);
    output.notes = vec!["Something.".into()];
    assert_eq!(
        output
            .to_string()
            .lines()
            .filter(|line| !line.contains("until"))
            .collect::<Vec<_>>(),
        [
            "Note: Something.",
            "- hxvjgf8hmhrge0ckcmdbr6k0km succeeded, black-forest-labs/flux-dev, 2026-11-21T16:30:00Z, by generate_image: \"a red fox in the snow\"",
            "  saved: /pictures/a.webp",
            "- submitted by generate_image at 2026-11-21T16:30:00Z, outcome unknown: it may run and be charged",
            "Older ones: call again with cursor=\"0:x\".",
        ]
    );
    assert_eq!(ListOutput::default().to_string(), "No predictions here.");
}
