//! `flagcdk flag list`

use flag_operator::{Entry, flag_to_json};
use serde_json::{Value, json};

use super::args::List;
use super::show;
use super::system::System;
use crate::failure::Failure;
use crate::ui;

/// Prints the flags, one a line.
pub(super) async fn run(system: &System, options: &List) -> Result<u8, Failure> {
    let entries = flag_operator::list(&system.home(), options.service.as_ref()).await;
    let entries = entries.map_err(|error| system.failure(error))?;
    if system.json {
        let documents: Vec<_> = entries.iter().map(to_json).collect();
        ui::data(serde_json::to_string_pretty(&documents).expect("documents are plain data"));
    } else {
        for line in show::list(&entries) {
            ui::data(line);
        }
    }
    ui::say(ui::plan::count(entries.len(), "flag"));
    Ok(0)
}

/// An entry as a document; one that is malformed says so.
pub(super) fn to_json(entry: &Entry) -> Value {
    match entry {
        Entry::Flag(flag) => flag_to_json(flag),
        Entry::Malformed { key, problem } => json!({ "malformed": key, "problem": problem }),
    }
}
