//! Writes the tool tables of the README files (`make docs`).

#[path = "../houses/mod.rs"]
mod houses;

use std::fs;

use anyhow::Context as _;
use testkit::docs;

fn main() -> anyhow::Result<()> {
    for house in houses::all() {
        let table = docs::tool_table(&house.tools);
        for path in houses::readmes(&house) {
            let text = fs::read_to_string(&path)
                .with_context(|| format!("cannot read {}", path.display()))?;
            if let Some(text) = docs::with_table(&text, house.about.name, &table) {
                fs::write(&path, text)?;
            }
        }
    }
    Ok(())
}
