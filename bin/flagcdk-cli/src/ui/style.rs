//! Colors and signs, in one place. Everything stays readable without them.

use anstyle::{AnsiColor, Style};
use flagcdk_engine::CellState;

pub(crate) const BOLD: Style = Style::new().bold();
pub(crate) const DIM: Style = Style::new().dimmed();
pub(crate) const GOOD: Style = AnsiColor::Green.on_default();
pub(crate) const BAD: Style = AnsiColor::Red.on_default();
pub(crate) const CHANGE: Style = AnsiColor::Yellow.on_default();
pub(crate) const HELP: Style = AnsiColor::Cyan.on_default();

/// A text in a style.
pub(crate) fn paint(style: Style, text: impl std::fmt::Display) -> String {
    format!("{style}{text}{style:#}")
}

/// The sign of a cell's state.
pub(crate) fn sign(state: CellState) -> String {
    match state {
        CellState::Pending => paint(DIM, "·"),
        CellState::Running => paint(CHANGE, "◐"),
        CellState::Unchanged => paint(DIM, "="),
        CellState::Done => paint(GOOD, "✓"),
        CellState::Failed => paint(BAD, "✗"),
        CellState::Skipped => paint(DIM, "-"),
    }
}

/// The word for a cell's state.
pub(crate) fn word(state: CellState) -> &'static str {
    match state {
        CellState::Pending => "pending",
        CellState::Running => "running",
        CellState::Unchanged => "unchanged",
        CellState::Done => "done",
        CellState::Failed => "failed",
        CellState::Skipped => "skipped",
    }
}

/// A short name of a region for the head of a column: `us-east-1` is `use1`, `ap-northeast-1` is `apne1`.
pub(crate) fn short_region(region: flagcdk_assembly::Region) -> String {
    let parts: Vec<&str> = region.as_str().split('-').collect();
    let mut short = parts[0].to_owned();
    for part in &parts[1..parts.len() - 1] {
        for word in ["north", "south", "east", "west", "central", "gov"] {
            if part.contains(word) {
                short.push_str(&word[..1]);
            }
        }
    }
    short.push_str(parts[parts.len() - 1]);
    short
}

#[cfg(test)]
mod tests {
    use flagcdk_assembly::Region;

    use super::*;

    #[test]
    fn short_names_are_unique() {
        let names: std::collections::BTreeSet<_> = Region::ALL.iter().map(|region| short_region(*region)).collect();
        assert_eq!(names.len(), Region::ALL.len());
        assert_eq!(short_region(Region::AP_NORTHEAST_1), "apne1");
        assert_eq!(short_region(Region::CA_CENTRAL_1), "cac1");
    }
}
