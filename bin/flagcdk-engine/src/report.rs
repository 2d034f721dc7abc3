//! How a run ended: per unit, per region. Ten regions up and two failed is a value, not an error.

use std::collections::BTreeMap;

use flagcdk_assembly::Region;
use serde::Serialize;

use crate::{CellState, CloudError, ErrorKind};

/// How a run ended.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Report {
    /// The units, in the order in which they were worked on.
    pub units: Vec<UnitReport>,
    /// What went wrong beyond a single unit, such as a bucket that could not be written to.
    pub problems: Vec<Problem>,
}

/// How a unit ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct UnitReport {
    /// The id in the app.
    pub id: String,
    /// The name in CloudFormation.
    pub name: String,
    /// Each region's end.
    pub cells: BTreeMap<Region, Cell>,
    /// What went wrong with the unit as a whole.
    pub problem: Option<Problem>,
}

/// How a unit ended in one region.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Cell {
    /// A terminal state.
    pub state: CellState,
    /// The first cause, if the state is not good.
    pub reason: Option<String>,
}

/// Something that went wrong, and what to do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Problem {
    /// A stable name such as `deploy::inoperable`.
    pub code: String,
    /// What went wrong.
    pub message: String,
    /// What to do, best a command to paste.
    pub help: String,
    /// Who has to act.
    pub severity: Outcome,
}

/// What a run or a problem comes down to, the worst last; each has an exit code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// Everything is up to date: 0.
    Success,
    /// Some region is not up to date: 4.
    Partial,
    /// Credentials, network, disk or quota; it is safe to run again: 3.
    Environment,
    /// A person has to mend something first: 5.
    NeedsPerson,
}

impl Outcome {
    /// The exit code of the process.
    pub fn exit_code(self) -> u8 {
        match self {
            Self::Success => 0,
            Self::Partial => 4,
            Self::Environment => 3,
            Self::NeedsPerson => 5,
        }
    }
}

impl Report {
    /// What the run comes down to.
    pub fn outcome(&self) -> Outcome {
        let problems = self.units.iter().filter_map(|unit| unit.problem.as_ref()).chain(&self.problems);
        let worst = problems.map(|problem| problem.severity).max().unwrap_or(Outcome::Success);
        let all_good = self.units.iter().flat_map(|unit| unit.cells.values()).all(|cell| cell.state.is_good());
        if all_good { worst } else { worst.max(Outcome::Partial) }
    }
}

impl Problem {
    /// A request failed for good.
    pub fn of(error: &CloudError) -> Self {
        use ErrorKind as Kind;
        let (severity, help) = match error.kind {
            Kind::Credentials => {
                (Outcome::Environment, "log in again (`aws sso login`, or new keys), then run the same command")
            }
            Kind::AccessDenied => {
                (Outcome::Environment, "let the caller do the named action, then run the same command")
            }
            Kind::Quota => {
                (Outcome::Environment, "ask for a higher quota in Service Quotas, or remove what is no longer needed")
            }
            Kind::Throttled => {
                (Outcome::Environment, "wait a minute, then run the same command: it goes on where it stopped")
            }
            Kind::Unreachable => {
                (Outcome::Environment, "check the network and the endpoint, then run the same command")
            }
            Kind::ClockSkew => (Outcome::Environment, "set this machine's clock, then run the same command"),
            Kind::ChecksumMismatch => (Outcome::Environment, "run the same command: what was damaged is sent again"),
            Kind::Rejected => (Outcome::Partial, "mend what the message names, then run the same command"),
            _ => {
                (Outcome::Partial, "run the same command again; if it stays, look at the stack's events in the console")
            }
        };
        Self {
            code: format!("cloud::{:?}", error.kind).to_lowercase(),
            message: error.to_string(),
            help: help.into(),
            severity,
        }
    }
}
