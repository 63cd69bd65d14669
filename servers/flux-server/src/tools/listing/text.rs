//! The list as a person reads it.

use std::fmt;

use super::{ListOutput, Lost, Row};

impl Row {
    fn text(&self) -> String {
        let model = self.model.as_ref().map(|model| format!(", {model}"));
        let tool = self.tool.as_ref().map(|tool| format!(", by {tool}"));
        let prompt = self.prompt.as_ref().map(|prompt| format!(": \"{prompt}\""));
        let parts = [model, Some(format!(", {}", self.created)), tool, prompt];
        let mut text = format!("- {} {}", self.id, self.status);
        text.extend(parts.into_iter().flatten());
        for file in &self.files {
            text.push_str("\n  saved: ");
            text.push_str(file);
        }
        if self.files_gone {
            text.push_str("\n  saved files are no longer where they were");
        }
        if self.result_deleted {
            text.push_str("\n  Replicate has deleted the result");
        }
        if let Some(expires) = &self.expires {
            text.push_str(&format!("\n  Replicate keeps the result until {expires}"));
        }
        text
    }
}

impl Lost {
    fn text(&self) -> String {
        format!(
            "- submitted by {} at {}, outcome unknown: it may run and be charged",
            self.tool, self.submitted
        )
    }
}

impl fmt::Display for ListOutput {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut lines: Vec<String> = Vec::new();
        lines.extend(self.notes.iter().map(|note| format!("Note: {note}")));
        if self.predictions.is_empty() {
            lines.push("No predictions here.".into());
        }
        lines.extend(self.predictions.iter().map(Row::text));
        lines.extend(self.unconfirmed.iter().map(Lost::text));
        if let Some(cursor) = &self.next_cursor {
            lines.push(format!("Older ones: call again with cursor=\"{cursor}\"."));
        }
        f.write_str(&lines.join("\n"))
    }
}
