//! A deploy in a pipe: a line for each change, and one now and then while nothing changes. As JSON: a line for each event.

use std::time::Instant;

use flagcdk_engine::{CellState, Event, Numbered, Reporter};

use super::style::word;
use super::{data, say};

/// Prints lines for people.
pub(crate) struct Lines {
    since: Instant,
}

impl Lines {
    pub(crate) fn new() -> Self {
        Self { since: Instant::now() }
    }

    fn line(&self, text: String) {
        say(format!("{:>7.1}s  {text}", self.since.elapsed().as_secs_f64()));
    }
}

impl Reporter for Lines {
    fn report(&mut self, numbered: &Numbered) {
        match &numbered.event {
            // What stays as it is needs no line for each region.
            Event::CellChanged { state: CellState::Unchanged, .. } => {}
            Event::CellChanged { unit, region, state, reason } => {
                let reason = reason.as_ref().map(|reason| format!(": {reason}")).unwrap_or_default();
                self.line(format!("{unit}  {region}  {}{reason}", word(*state)));
            }
            Event::ObjectPublished { region, key, bytes } => {
                self.line(format!("published  {region}  {key} ({bytes} bytes)"))
            }
            Event::UnitStarted { unit } => self.line(format!("{unit}  started")),
            Event::UnitFinished { unit } => self.line(format!("{unit}  finished")),
            Event::Waiting { unit, on } => self.line(format!("{unit}  waiting for {on}")),
            _ => {}
        }
    }
}

/// Prints each event as one line of JSON to standard output.
pub(crate) struct JsonLines;

impl Reporter for JsonLines {
    fn report(&mut self, numbered: &Numbered) {
        data(serde_json::to_string(numbered).expect("an event is plain data"));
    }
}
