//! Flags, as people read them.

use flag_model::{Flag, FlagValue, Status};
use flag_operator::{Entry, History};
use serde_json::Value;

use crate::ui::style::{BAD, BOLD, CHANGE, DIM, GOOD, paint};

/// The fields that are told first. The others follow by their names.
const FIRST: [&str; 12] = [
    "flag_id",
    "version",
    "status",
    "value",
    "deleted",
    "kill_switch",
    "off_value",
    "targeting",
    "service",
    "owner",
    "contact",
    "description",
];

/// How many characters of a value a line has room for.
const SHORT: usize = 60;

/// A value on one line, shortened.
pub(super) fn short(value: &Value) -> String {
    let text = value.to_string();
    if text.chars().count() <= SHORT { text } else { text.chars().take(SHORT - 1).chain(['…']).collect() }
}

/// A document, one field a line.
pub(super) fn document(document: &Value) -> String {
    let Some(fields) = document.as_object() else { return document.to_string() };
    let place = |name: &str| FIRST.iter().position(|first| *first == name).unwrap_or(FIRST.len());
    let mut names: Vec<_> = fields.keys().collect();
    names.sort_by_key(|name| (place(name), *name));
    let width = names.iter().map(|name| name.len()).max().unwrap_or_default();
    let lines: Vec<_> = names
        .into_iter()
        .map(|name| {
            // Quotes are only needed where a value may be of several types.
            let text = match &fields[name] {
                Value::String(text) if !["value", "off_value"].contains(&name.as_str()) => text.clone(),
                other => other.to_string(),
            };
            format!("{}  {text}", paint(DIM, format!("{name:width$}")))
        })
        .collect();
    lines.join("\n")
}

/// Flags, one a line.
pub(super) fn list(entries: &[Entry]) -> Vec<String> {
    let rows = entries.iter().map(|entry| match entry {
        Entry::Flag(flag) => Row::Cells(vec![
            Cell(BOLD, flag.id.to_string()),
            Cell(DIM, format!("version {}", flag.version)),
            Cell(DIM, flag.service.to_string()),
            Cell(DIM, flag.owner.clone()),
            state(flag),
        ]),
        Entry::Malformed { key, problem } => Row::Malformed(format!("{key}: {problem}")),
    });
    align(rows.collect())
}

/// Versions of a flag, one a line.
pub(super) fn history(history: &History) -> Vec<String> {
    let rows = history.versions.iter().map(|entry| match entry {
        Entry::Flag(flag) => Row::Cells(vec![
            Cell(BOLD, format!("{}{}", flag.version, if flag.version == history.current { " *" } else { "" })),
            Cell(DIM, flag.written_at.map(|at| at.to_string()).unwrap_or_default()),
            became(flag),
            Cell(DIM, flag.change.by.clone()),
            state(flag),
            Cell(DIM, flag.change.reason.clone()),
        ]),
        Entry::Malformed { key, problem } => Row::Malformed(format!("{key}: {problem}")),
    });
    align(rows.collect())
}

/// What became of a version.
fn became(flag: &Flag) -> Cell {
    match (flag.status, flag.restored_from) {
        (Status::Good, None) => Cell(GOOD, "good".to_owned()),
        (Status::Good, Some(from)) => Cell(CHANGE, format!("restored {from}")),
        (Status::Rejected, _) => Cell(BAD, "rejected".to_owned()),
        (Status::RolledBack, _) => Cell(BAD, "rolled back".to_owned()),
    }
}

/// What readers get.
fn state(flag: &Flag) -> Cell {
    let value =
        |value: &Option<FlagValue>| value.as_ref().map_or("nothing".to_owned(), |value| short(&value.to_json()));
    if flag.deleted {
        return Cell(BAD, "deleted".to_owned());
    }
    if flag.kill_switch {
        return Cell(BAD, format!("killed: {} for all", value(&flag.off_value)));
    }
    let mut parts = vec![value(&flag.value)];
    let targeting = &flag.targeting;
    parts.extend(targeting.rollout.as_ref().map(|rollout| format!("for {} %", rollout.percentage)));
    let counts = [(targeting.rules.len(), "rule"), (targeting.prerequisites.len(), "prerequisite")];
    parts.extend(counts.into_iter().filter(|(n, _)| *n > 0).map(|(n, what)| crate::ui::plan::count(n, what)));
    Cell(anstyle::Style::new(), parts.join(", "))
}

/// A cell of a line.
struct Cell(anstyle::Style, String);

enum Row {
    Cells(Vec<Cell>),
    Malformed(String),
}

/// Lines whose cells begin below one another.
fn align(rows: Vec<Row>) -> Vec<String> {
    let width = |column: usize| {
        let cells = rows.iter().filter_map(|row| match row {
            Row::Cells(cells) => cells.get(column),
            Row::Malformed(_) => None,
        });
        cells.map(|Cell(_, text)| text.chars().count()).max().unwrap_or_default()
    };
    let line = |row: &Row| match row {
        Row::Malformed(text) => format!("{} {text}", paint(BAD, "malformed")),
        Row::Cells(cells) => {
            let last = cells.iter().rposition(|Cell(_, text)| !text.is_empty()).unwrap_or_default();
            let cells = cells[..=last].iter().enumerate().map(|(column, Cell(style, text))| {
                let width = if column == last { 0 } else { width(column) };
                paint(*style, format!("{text:width$}"))
            });
            cells.collect::<Vec<_>>().join("  ")
        }
    };
    rows.iter().map(line).collect()
}
