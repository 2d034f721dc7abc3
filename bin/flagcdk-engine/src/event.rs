//! What happens while the engine works, told as it happens.
//!
//! Promises, so that a display can be tested from a recorded stream: the first event is [`Event::RunStarted`], the last
//! [`Event::RunFinished`]; sequence numbers have no gaps; a cell never leaves a terminal state.

use flagcdk_assembly::Region;
use serde::Serialize;

/// Takes events. Displays, logs and tests are reporters.
pub trait Reporter {
    /// Called once for each event, in order.
    fn report(&mut self, event: &Numbered);
}

impl<F: FnMut(&Numbered)> Reporter for F {
    fn report(&mut self, event: &Numbered) {
        self(event);
    }
}

/// An event and its place in the run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Numbered {
    /// From zero, without gaps.
    pub seq: u64,
    /// What happened.
    pub event: Event,
}

/// Something that happened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "event", rename_all = "kebab-case", rename_all_fields = "snake_case")]
#[non_exhaustive]
pub enum Event {
    /// The run began.
    RunStarted {
        /// The app.
        app: String,
        /// The account.
        account: String,
        /// The units, in the order in which they are worked on.
        units: Vec<Unit>,
    },
    /// A file lies in a region's bucket, verified by its SHA-256.
    ObjectPublished {
        /// The region.
        region: Region,
        /// Its key.
        key: String,
        /// How many bytes were sent.
        bytes: u64,
    },
    /// Work on a unit began.
    UnitStarted {
        /// The id of the unit.
        unit: String,
    },
    /// A unit's state in one region changed.
    CellChanged {
        /// The id of the unit.
        unit: String,
        /// The region.
        region: Region,
        /// The new state.
        state: CellState,
        /// Why, for a state that is not good.
        reason: Option<String>,
    },
    /// The engine waits for something that it cannot hurry.
    Waiting {
        /// The id of the unit.
        unit: String,
        /// For what.
        on: String,
    },
    /// Work on a unit ended; each of its cells is in a terminal state.
    UnitFinished {
        /// The id of the unit.
        unit: String,
    },
    /// The run ended.
    RunFinished {
        /// Whether every cell is as it was wanted.
        success: bool,
    },
}

/// Something that is worked on: the stacks of the bootstrap, a stack of the home region, or a StackSet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Unit {
    /// The id in the app.
    pub id: String,
    /// The name in CloudFormation.
    pub name: String,
    /// The regions that it is worked on in.
    pub regions: Vec<Region>,
}

/// The state of a unit in one region.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum CellState {
    /// Its turn has not come.
    Pending,
    /// It is being changed.
    Running,
    /// It was up to date before. Terminal.
    Unchanged,
    /// It is up to date now, or gone as it was wanted. Terminal.
    Done,
    /// It failed; the reason says why. Terminal.
    Failed,
    /// It was not tried, because something that it needs failed. Terminal.
    Skipped,
}

impl CellState {
    /// Whether the cell stays as it is until the run ends.
    pub fn is_terminal(self) -> bool {
        !matches!(self, Self::Pending | Self::Running)
    }

    /// Whether the cell is as it was wanted.
    pub fn is_good(self) -> bool {
        matches!(self, Self::Unchanged | Self::Done)
    }
}
