//! The plan, before anything happens: one row a change, whatever the number of regions that it touches.

use flagcdk_assembly::Region;
use flagcdk_engine::{CellPlan, Change, ChangeAction, Plan, PropertyChange, UnitPlan};

use super::say;
use super::style::{BAD, BOLD, CHANGE, DIM, GOOD, paint};

/// How many changes of one unit are told one by one.
const MOST_CHANGES: usize = 12;

/// Shows what would be done.
pub(crate) fn show(plan: &Plan) {
    for unit in plan.units().filter(|unit| !unit.is_empty()) {
        show_unit(unit, plan.regions.len());
    }
    if !plan.uploads.is_empty() {
        let keys: std::collections::BTreeSet<_> = plan.uploads.iter().map(|upload| &upload.key).collect();
        let regions: std::collections::BTreeSet<_> = plan.uploads.iter().map(|upload| upload.region).collect();
        say(format!("{} {} to {}", paint(GOOD, "publish"), count(keys.len(), "file"), count(regions.len(), "bucket")));
    }
    let waiting: Vec<_> = plan.units().filter(|unit| unit.is_empty() && !unit.waits_for.is_empty()).collect();
    for unit in waiting {
        say(format!("{} {} may change: {}", paint(DIM, "?"), unit.unit.id, unit.waits_for.join(", ")));
    }
}

fn show_unit(unit: &UnitPlan, all: usize) {
    for (what, wanted) in [("create", CellPlan::Create), ("update", CellPlan::Update), ("retry", CellPlan::Retry)] {
        let regions: Vec<Region> =
            unit.cells.iter().filter(|(_, cell)| **cell == wanted).map(|(region, _)| *region).collect();
        if regions.is_empty() {
            continue;
        }
        let style = if wanted == CellPlan::Create { GOOD } else { CHANGE };
        let steps = if unit.steps > 1 { format!(", in {} updates", unit.steps) } else { String::new() };
        say(format!(
            "{} {} {} in {}{steps}",
            paint(style.bold(), what),
            paint(BOLD, &unit.unit.id),
            paint(DIM, format!("({})", unit.unit.name)),
            regions_text(&regions, all)
        ));
    }
    // Everything of a new stack is new: its resources are counted, not listed.
    if unit.changes.iter().all(|change| change.action == ChangeAction::Add) && unit.changes.len() > MOST_CHANGES {
        say(format!("  {} {}", paint(GOOD, "+"), count(unit.changes.len(), "resource")));
    } else {
        for change in unit.changes.iter().take(MOST_CHANGES) {
            show_change(change);
        }
        if unit.changes.len() > MOST_CHANGES {
            say(format!("  … and {} more: `flagcdk diff --json`", unit.changes.len() - MOST_CHANGES));
        }
    }
}

fn show_change(change: &Change) {
    let (style, sign, word) = match change.action {
        ChangeAction::Add => (GOOD, "+", ""),
        ChangeAction::Modify => (CHANGE, "~", ""),
        ChangeAction::Replace => (BAD, "±", " is replaced"),
        ChangeAction::Remove => (BAD, "-", " is deleted"),
        ChangeAction::Retain => (CHANGE, "-", " leaves the stack and stays in the account"),
    };
    let name = change.path.as_deref().unwrap_or(&change.id);
    say(format!("  {} {} {}{word}", paint(style, sign), name, paint(DIM, &change.kind)));
    for property in &change.properties {
        say(format!("      {}", property_text(property)));
    }
}

fn property_text(change: &PropertyChange) -> String {
    let text = |value: &Option<serde_json::Value>| match value {
        None => "nothing".to_owned(),
        Some(value) => shorten(&value.to_string()),
    };
    let replaces = if change.replaces { paint(BAD, " (replaces)") } else { String::new() };
    format!("{}: {} → {}{replaces}", change.path, text(&change.old), text(&change.new))
}

/// At most eighty characters: a diff is for reading, the whole values are in the JSON.
fn shorten(text: &str) -> String {
    if text.chars().count() <= 80 { text.to_owned() } else { text.chars().take(77).chain("...".chars()).collect() }
}

fn regions_text(regions: &[Region], all: usize) -> String {
    match regions {
        [one] => one.to_string(),
        many if many.len() == all => format!("all {all} regions"),
        many => many.iter().map(|region| region.as_str()).collect::<Vec<_>>().join(", "),
    }
}

/// `1 file`, `2 files`.
pub(crate) fn count(number: usize, noun: &str) -> String {
    format!("{number} {noun}{}", if number == 1 { "" } else { "s" })
}
