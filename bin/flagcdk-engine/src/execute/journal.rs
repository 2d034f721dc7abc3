//! Keeps what was said of each cell, and holds the promises of the event stream.

use std::cell::RefCell;
use std::collections::BTreeMap;

use flagcdk_assembly::Region;

use crate::{Cell, CellState, Event, Numbered, Outcome, Problem, Report, Reporter, Unit, UnitReport};

/// Everything that was reported so far. Units of one wave share it; nothing is borrowed over an `await`.
pub(super) struct Journal<'a> {
    inner: RefCell<Inner<'a>>,
}

struct Inner<'a> {
    reporter: &'a mut dyn Reporter,
    seq: u64,
    units: Vec<UnitReport>,
    problems: Vec<Problem>,
}

impl<'a> Journal<'a> {
    pub(super) fn new(reporter: &'a mut dyn Reporter, units: &[Unit]) -> Self {
        let units = units
            .iter()
            .map(|unit| UnitReport {
                id: unit.id.clone(),
                name: unit.name.clone(),
                cells: unit
                    .regions
                    .iter()
                    .map(|region| (*region, Cell { state: CellState::Pending, reason: None }))
                    .collect::<BTreeMap<_, _>>(),
                problem: None,
            })
            .collect();
        Self { inner: RefCell::new(Inner { reporter, seq: 0, units, problems: Vec::new() }) }
    }

    pub(super) fn emit(&self, event: Event) {
        let inner = &mut *self.inner.borrow_mut();
        inner.reporter.report(&Numbered { seq: inner.seq, event });
        inner.seq += 1;
    }

    /// Moves a cell on. A cell in a terminal state, and one that is there already, stays as it is.
    pub(super) fn set(&self, unit: &str, region: Region, state: CellState, reason: Option<String>) {
        {
            let mut inner = self.inner.borrow_mut();
            let Some(cell) = inner.unit(unit).cells.get_mut(&region) else { return };
            if cell.state.is_terminal() || cell.state == state {
                return;
            }
            *cell = Cell { state, reason: reason.clone() };
        }
        self.emit(Event::CellChanged { unit: unit.to_owned(), region, state, reason });
    }

    /// Moves every cell of a unit on that is not in a terminal state.
    pub(super) fn set_rest(&self, unit: &str, state: CellState, reason: Option<&str>) {
        for region in self.regions_where(unit, |cell| !cell.is_terminal()) {
            self.set(unit, region, state, reason.map(str::to_owned));
        }
    }

    pub(super) fn regions_where(&self, unit: &str, wanted: impl Fn(CellState) -> bool) -> Vec<Region> {
        let mut inner = self.inner.borrow_mut();
        inner.unit(unit).cells.iter().filter(|(_, cell)| wanted(cell.state)).map(|(region, _)| *region).collect()
    }

    /// A problem of a unit: what of it is not settled has failed.
    pub(super) fn fail_unit(&self, unit: &str, problem: Problem) {
        self.set_rest(unit, CellState::Failed, Some(&problem.message));
        self.inner.borrow_mut().unit(unit).problem = Some(problem);
    }

    /// A problem of the whole run.
    pub(super) fn fail_run(&self, problem: Problem) {
        self.inner.borrow_mut().problems.push(problem);
    }

    pub(super) fn has_failed(&self) -> bool {
        let inner = self.inner.borrow();
        !inner.problems.is_empty()
    }

    pub(super) fn outcome(&self) -> Outcome {
        let inner = self.inner.borrow();
        Report { units: inner.units.clone(), problems: inner.problems.clone() }.outcome()
    }

    pub(super) fn into_report(self) -> Report {
        let inner = self.inner.into_inner();
        Report { units: inner.units, problems: inner.problems }
    }
}

impl Inner<'_> {
    fn unit(&mut self, id: &str) -> &mut UnitReport {
        self.units.iter_mut().find(|unit| unit.id == id).expect("every unit of the run was announced")
    }
}
