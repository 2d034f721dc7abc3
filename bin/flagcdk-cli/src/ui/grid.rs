//! A deploy on a terminal: one row a unit, one cell a region, drawn again as they change.

use std::collections::BTreeMap;
use std::time::Duration;

use flagcdk_assembly::Region;
use flagcdk_engine::{CellState, Event, Numbered, Reporter, Unit};
use indicatif::{MultiProgress, ProgressBar, ProgressStyle};

use super::style::{BOLD, DIM, paint, short_region, sign};

/// Draws the run. When it is dropped, the last picture stays.
pub(crate) struct Grid {
    screen: MultiProgress,
    head: Option<ProgressBar>,
    foot: Option<ProgressBar>,
    rows: BTreeMap<String, Row>,
    regions: Vec<Region>,
    published: usize,
    width: usize,
}

struct Row {
    bar: ProgressBar,
    cells: BTreeMap<Region, CellState>,
}

impl Grid {
    pub(crate) fn new(regions: &[Region]) -> Self {
        Self {
            screen: MultiProgress::new(),
            head: None,
            foot: None,
            rows: BTreeMap::new(),
            regions: regions.to_vec(),
            published: 0,
            width: 0,
        }
    }

    fn start(&mut self, units: &[Unit]) {
        self.width = units.iter().map(|unit| unit.id.len()).max().unwrap_or_default();
        let columns: Vec<_> = self.regions.iter().map(|region| format!("{:<6}", short_region(*region))).collect();
        let head = self.bar("{msg}");
        head.set_message(paint(DIM, format!("{:1$}  {2}", "", self.width, columns.concat())));
        self.head = Some(head);
        for unit in units {
            let bar = self.bar("{msg}");
            let cells = unit.regions.iter().map(|region| (*region, CellState::Pending)).collect();
            self.rows.insert(unit.id.clone(), Row { bar, cells });
            self.draw(&unit.id);
        }
        let foot = self.bar("{spinner} {elapsed} {msg}");
        foot.enable_steady_tick(Duration::from_millis(120));
        self.foot = Some(foot);
    }

    fn bar(&self, template: &str) -> ProgressBar {
        let bar = self.screen.add(ProgressBar::no_length());
        bar.set_style(ProgressStyle::with_template(template).expect("the template is fixed"));
        bar
    }

    fn draw(&self, unit: &str) {
        let row = &self.rows[unit];
        let cells: String = self
            .regions
            .iter()
            .map(|region| row.cells.get(region).map_or_else(|| " ".to_owned(), |state| sign(*state)) + "     ")
            .collect();
        row.bar.set_message(format!("{}  {cells}", paint(BOLD, format!("{unit:0$}", self.width))));
        row.bar.tick();
    }

    fn tell(&self, text: String) {
        if let Some(foot) = &self.foot {
            foot.set_message(text);
        }
    }
}

impl Reporter for Grid {
    fn report(&mut self, numbered: &Numbered) {
        match &numbered.event {
            Event::RunStarted { units, .. } => self.start(units),
            Event::CellChanged { unit, region, state, .. } => {
                if let Some(row) = self.rows.get_mut(unit) {
                    row.cells.insert(*region, *state);
                    self.draw(unit);
                }
            }
            Event::ObjectPublished { region, .. } => {
                self.published += 1;
                self.tell(format!("published {} (last to {region})", super::plan::count(self.published, "file")));
            }
            Event::UnitStarted { unit } => self.tell(format!("working on {unit}")),
            Event::Waiting { unit, on } => self.tell(format!("{unit}: waiting for {on}")),
            Event::RunFinished { .. } => {
                for bar in self.head.iter().chain(self.rows.values().map(|row| &row.bar)) {
                    bar.finish();
                }
                if let Some(foot) = &self.foot {
                    foot.finish_and_clear();
                }
            }
            _ => {}
        }
    }
}
