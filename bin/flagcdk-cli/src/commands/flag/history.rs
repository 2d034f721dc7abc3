//! `flagcdk flag history`

use serde_json::json;

use super::args::History;
use super::system::System;
use super::{list, show};
use crate::failure::Failure;
use crate::ui;

/// Prints the versions of a flag, one a line, the newest first.
pub(super) async fn run(system: &System, options: &History) -> Result<u8, Failure> {
    let history = flag_operator::history(&system.home(), &options.flag, options.limit).await;
    let history = history.map_err(|error| system.failure(error))?;
    if system.json {
        let versions: Vec<_> = history.versions.iter().map(list::to_json).collect();
        let document = json!({ "current_version": history.current, "versions": versions, "more": history.more });
        ui::data(serde_json::to_string_pretty(&document).expect("documents are plain data"));
    } else {
        for line in show::history(&history) {
            ui::data(line);
        }
    }
    if history.more {
        ui::say("there are more: `--limit` says how many are shown");
    }
    Ok(0)
}
