//! How a run ended, region by region where it matters.

use std::collections::BTreeMap;

use flagcdk_assembly::Region;
use flagcdk_engine::{CellState, Outcome, Report, UnitReport};

use super::plan::count;
use super::style::{BAD, BOLD, CHANGE, DIM, GOOD, paint};
use super::{findings, say};

/// Shows the first cause of everything that is not as it was wanted, then one line that sums up.
pub(crate) fn show(report: &Report, done: &str) {
    for unit in &report.units {
        show_unit(unit);
    }
    for problem in &report.problems {
        findings::error(&problem.message, Some(&problem.code), &problem.help);
    }
    let cells = || report.units.iter().flat_map(|unit| unit.cells.values());
    let good = cells().filter(|cell| cell.state.is_good()).count();
    let total = cells().count();
    let (style, text) = match report.outcome() {
        Outcome::Success => (GOOD, format!("{done}: {good} of {total} stacks in {}", count(regions(report), "region"))),
        Outcome::Partial => {
            (CHANGE, format!("{good} of {total} stacks are as wanted; run the same command to retry the others"))
        }
        Outcome::Environment => {
            (BAD, format!("stopped: {good} of {total} stacks are as wanted; it is safe to run the same command"))
        }
        Outcome::NeedsPerson => {
            (BAD, format!("{good} of {total} stacks are as wanted; a person has to mend the rest first"))
        }
    };
    say(paint(style.bold(), text));
}

fn show_unit(unit: &UnitReport) {
    let mut by_reason: BTreeMap<(&str, &str), Vec<Region>> = BTreeMap::new();
    for (region, cell) in &unit.cells {
        if !cell.state.is_good() {
            let word = if cell.state == CellState::Failed { "failed" } else { "skipped" };
            by_reason.entry((word, cell.reason.as_deref().unwrap_or("no reason given"))).or_default().push(*region);
        }
    }
    let mut told = false;
    for ((word, reason), regions) in by_reason {
        let regions: Vec<_> = regions.iter().map(|region| region.as_str()).collect();
        let style = if word == "failed" { BAD } else { DIM };
        say(format!("{} {} in {}", paint(style.bold(), word), paint(BOLD, &unit.id), regions.join(", ")));
        // The problem below says the same of all of them, with what to do.
        if unit.problem.as_ref().is_some_and(|problem| problem.message == reason) {
            told = true;
        }
        say(format!("  {reason}"));
    }
    if let Some(problem) = &unit.problem {
        if told {
            say(format!("  {}: {}", paint(super::style::HELP, "help"), problem.help));
        } else {
            findings::error(&problem.message, Some(&problem.code), &problem.help);
        }
    }
}

fn regions(report: &Report) -> usize {
    report.units.iter().flat_map(|unit| unit.cells.keys()).collect::<std::collections::BTreeSet<_>>().len()
}
