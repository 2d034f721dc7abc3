//! Carries a plan out: bootstrap, files, then wave after wave.
//!
//! Every decision comes from the cloud's state, read anew for each step. Nothing has to be remembered between runs, and a
//! run that is cut off anywhere is resumed by running it again.

mod journal;
mod stack;
mod stack_set;
mod wait;

use std::cell::{Cell as Mutable, RefCell};
use std::collections::{BTreeMap, BTreeSet};

use flagcdk_assembly::{Assembly, Region};
use futures::StreamExt;
use futures::future::join_all;
use futures::stream;

pub use self::wait::Patience;

use self::journal::Journal;
use self::stack::Sending;
use crate::digest::sha256;
use crate::observe::{PublishedFile, look_up_one};
use crate::plan::{Plan, UnitKind, UnitPlan};
use crate::publish::{contents, publish};
use crate::{
    CellState, Cloud, Desired, Event, Identity, Inputs, LookUpPlace, Observed, Outcome, Problem, Report, Reporter,
    bootstrap,
};

/// How many files are sent at the same time.
const UPLOADS_AT_ONCE: usize = 12;

/// What a run carries out.
#[derive(Clone, Copy, Debug)]
pub struct Execution<'a> {
    /// What is wanted.
    pub assembly: &'a Assembly,
    /// Files for every region's bucket.
    pub files: &'a [PublishedFile],
    /// Keys of the assets, by id.
    pub asset_keys: &'a BTreeMap<String, String>,
    /// What the plan was made from.
    pub observed: &'a Observed,
    /// What to do.
    pub plan: &'a Plan,
    /// How long to wait, and how often to look.
    pub patience: Patience,
    /// Whether to go on where somebody else has changed a stack since the plan was made.
    pub force: bool,
}

/// What the parts of a run share.
struct Run<'a, C> {
    cloud: &'a C,
    app: String,
    identity: &'a Identity,
    home: Region,
    patience: Patience,
    force: bool,
    home_stacks: BTreeSet<String>,
    journal: Journal<'a>,
    last_heartbeat: Mutable<tokio::time::Instant>,
}

/// Carries the plan out. What fails is in the report, region by region; there is no error beside it.
pub async fn execute(cloud: &impl Cloud, execution: &Execution<'_>, reporter: &mut dyn Reporter) -> Report {
    let plan = execution.plan;
    let units: Vec<_> = plan.units().map(|unit| unit.unit.clone()).collect();
    let run = Run {
        cloud,
        app: plan.app.clone(),
        identity: &execution.observed.identity,
        home: plan.home_region,
        patience: execution.patience,
        force: execution.force,
        home_stacks: home_stacks(plan),
        journal: Journal::new(reporter, &units),
        last_heartbeat: Mutable::new(tokio::time::Instant::now()),
    };
    run.journal.emit(Event::RunStarted { app: plan.app.clone(), account: plan.account.clone(), units });

    let mut waves = plan.waves.iter();
    let mut ready = true;
    if let Some([first]) = waves.next().map(Vec::as_slice) {
        ready = run.bootstrap(first).await;
    }
    if ready {
        run.publish_files(execution).await;
    }
    let inputs = RefCell::new(Inputs { asset_keys: execution.asset_keys.clone(), ..execution.observed.inputs.clone() });
    let changed = RefCell::new(BTreeSet::new());
    for wave in waves {
        if !ready || run.journal.has_failed() {
            for unit in wave {
                let reason = "not begun: the buckets and roles that it needs are not ready in every region";
                run.journal.set_rest(&unit.unit.id, CellState::Skipped, Some(reason));
            }
            continue;
        }
        join_all(wave.iter().map(|unit| run.unit(unit, execution, &inputs, &changed))).await;
    }
    finish(run.journal)
}

/// Says that the run is over.
fn finish(journal: Journal<'_>) -> Report {
    let success = journal.outcome() == Outcome::Success;
    journal.emit(Event::RunFinished { success });
    journal.into_report()
}

/// Deletes everything of an app that is deployed, the last wave first. What is marked to be retained stays in the account.
pub async fn destroy(
    cloud: &impl Cloud,
    plan: &Plan,
    observed: &Observed,
    patience: Patience,
    reporter: &mut dyn Reporter,
) -> Report {
    let deployed = |unit: &&UnitPlan| unit.kind != UnitKind::Bootstrap;
    let waves: Vec<Vec<_>> = plan.waves.iter().rev().map(|wave| wave.iter().filter(deployed).collect()).collect();
    let units: Vec<_> = waves.iter().flatten().map(|unit| unit.unit.clone()).collect();
    let run = Run {
        cloud,
        app: plan.app.clone(),
        identity: &observed.identity,
        home: plan.home_region,
        patience,
        force: false,
        home_stacks: home_stacks(plan),
        journal: Journal::new(reporter, &units),
        last_heartbeat: Mutable::new(tokio::time::Instant::now()),
    };
    run.journal.emit(Event::RunStarted { app: plan.app.clone(), account: plan.account.clone(), units });
    let mut blocked: Option<String> = None;
    for wave in waves {
        for unit in &wave {
            if let Some(reason) = &blocked {
                run.journal.set_rest(&unit.unit.id, CellState::Skipped, Some(reason));
            }
        }
        if blocked.is_some() {
            continue;
        }
        join_all(wave.iter().map(async |unit| {
            let (id, name) = (&unit.unit.id, &unit.unit.name);
            run.journal.emit(Event::UnitStarted { unit: id.clone() });
            let outcome = match unit.kind {
                UnitKind::StackSet => run.delete_stack_set(id, name).await,
                UnitKind::Stack | UnitKind::Bootstrap => run.delete_stack(id, run.home, name).await,
            };
            if let Err(problem) = outcome {
                run.journal.fail_unit(id, problem);
            }
            run.journal.emit(Event::UnitFinished { unit: id.clone() });
        }))
        .await;
        let failed = |unit: &&&UnitPlan| !run.journal.regions_where(&unit.unit.id, |state| !state.is_good()).is_empty();
        blocked = wave.iter().find(failed).map(|unit| format!("not begun: `{}` still needs it", unit.unit.id));
    }
    finish(run.journal)
}

impl<C: Cloud> Run<'_, C> {
    /// The stacks that the account needs, in all regions at once. Says whether all are there.
    async fn bootstrap(&self, unit: &UnitPlan) -> bool {
        let id = &unit.unit.id;
        self.journal.emit(Event::UnitStarted { unit: id.clone() });
        if unit.is_empty() {
            self.journal.set_rest(id, CellState::Unchanged, None);
        }
        let regions = self.journal.regions_where(id, |state| !state.is_terminal());
        let problems = join_all(regions.into_iter().map(async |region| {
            let desired = bootstrap::desired(region, self.home);
            let outcome = self.reconcile_stack(id, region, &desired, None, Sending::Inline).await;
            outcome.map_err(|problem| {
                self.journal.set(id, region, CellState::Failed, Some(problem.message.clone()));
                problem
            })
        }))
        .await;
        if let Some(problem) = problems.into_iter().find_map(Result::err) {
            self.journal.fail_unit(id, problem);
        }
        self.journal.emit(Event::UnitFinished { unit: id.clone() });
        self.journal.regions_where(id, |state| !state.is_good()).is_empty()
    }

    /// Files to the buckets of all regions, some at the same time. No stack is touched unless all of them are there.
    async fn publish_files(&self, execution: &Execution<'_>) {
        let mut bodies = BTreeMap::new();
        for file in execution.files {
            match contents(file) {
                Ok(body) => _ = bodies.insert(&file.key, body),
                Err(problem) => return self.journal.fail_run(problem),
            }
        }
        let sent = stream::iter(&execution.plan.uploads).map(async |upload| {
            let file = execution.files.iter().find(|file| file.key == upload.key);
            let file = file.expect("the plan's uploads are of these files");
            let body = &bodies[&upload.key];
            match publish(self.cloud, self.identity, upload.region, &file.key, body, &file.sha256).await {
                Ok(_) => self.journal.emit(Event::ObjectPublished {
                    region: upload.region,
                    key: file.key.clone(),
                    bytes: body.len() as u64,
                }),
                Err(error) => self.journal.fail_run(Problem::of(&error)),
            }
        });
        sent.buffer_unordered(UPLOADS_AT_ONCE).collect::<()>().await;
    }

    /// One stack or StackSet of the app.
    async fn unit(
        &self,
        unit: &UnitPlan,
        execution: &Execution<'_>,
        inputs: &RefCell<Inputs>,
        changed: &RefCell<BTreeSet<String>>,
    ) {
        let id = &unit.unit.id;
        self.journal.emit(Event::UnitStarted { unit: id.clone() });
        if let Err(problem) = self.try_unit(unit, execution, inputs, changed).await {
            self.journal.fail_unit(id, problem);
        }
        self.journal.emit(Event::UnitFinished { unit: id.clone() });
    }

    async fn try_unit(
        &self,
        unit: &UnitPlan,
        execution: &Execution<'_>,
        inputs: &RefCell<Inputs>,
        changed: &RefCell<BTreeSet<String>>,
    ) -> Result<(), Problem> {
        let id = &unit.unit.id;
        let regions = self.unblocked(unit);
        let upstream_changed = unit.depends_on.iter().any(|needed| changed.borrow().contains(needed));
        if unit.is_empty() && !upstream_changed {
            self.journal.set_rest(id, CellState::Unchanged, None);
            return Ok(());
        }
        if regions.is_empty() {
            return Ok(());
        }
        let assembly = execution.assembly;
        let entry = assembly.manifest.stack(id).expect("units of a plan are stacks of its assembly");
        for look_up in &entry.look_ups {
            let known = inputs.borrow().clone();
            let values = look_up_one(self.cloud, look_up, &assembly.manifest.regions, &known)
                .await
                .map_err(|error| Problem::of(&error))?;
            let place = LookUpPlace { stack: id.clone(), mapping: look_up.mapping.clone(), key: look_up.key.clone() };
            inputs.borrow_mut().look_ups.insert(place, values);
        }
        let (desired, missing) = Desired::of(assembly, entry, &inputs.borrow());
        if !missing.is_empty() {
            return Err(Problem {
                code: "deploy::missing-input".into(),
                message: format!("`{id}` needs what earlier stacks did not give: {}", missing.join(", ")),
                help: "see whether the stacks before are up to date in every region: `flagcdk status`".into(),
                severity: Outcome::Partial,
            });
        }
        // Nothing in the stack's own template has to differ for its inputs to have changed.
        let planned = unit.observed.as_deref();
        if unit.is_empty() && planned == Some(desired.digest().as_str()) {
            self.journal.set_rest(id, CellState::Unchanged, None);
            return Ok(());
        }
        changed.borrow_mut().insert(id.clone());
        match unit.kind {
            UnitKind::StackSet => self.reconcile_stack_set(id, &desired, &regions, planned).await,
            UnitKind::Stack | UnitKind::Bootstrap => {
                self.reconcile_stack(id, self.home, &desired, planned, Sending::Published).await?;
                let state = self.cloud.stack(self.home, &desired.name).await.map_err(|error| Problem::of(&error))?;
                inputs.borrow_mut().outputs.insert(id.clone(), state.map(|state| state.outputs).unwrap_or_default());
                Ok(())
            }
        }
    }

    /// The regions in which all that the unit needs is as wanted; the others are skipped. A stack of the home region needs
    /// every region of what it depends on, and a StackSet needs the home region's stacks everywhere.
    fn unblocked(&self, unit: &UnitPlan) -> Vec<Region> {
        let id = &unit.unit.id;
        for needed in &unit.depends_on {
            let bad = self.journal.regions_where(needed, |state| !state.is_good());
            if bad.is_empty() {
                continue;
            }
            let reason = format!("not begun: `{needed}` is not up to date in {}", names(&bad));
            let everywhere = unit.kind == UnitKind::Stack || self.home_stacks.contains(needed);
            if everywhere {
                self.journal.set_rest(id, CellState::Skipped, Some(&reason));
            } else {
                for region in bad {
                    self.journal.set(id, region, CellState::Skipped, Some(reason.clone()));
                }
            }
        }
        self.journal.regions_where(id, |state| !state.is_terminal())
    }

    /// Puts a template where CloudFormation can read it, and gives its address.
    async fn publish_template(&self, unit: &str, text: &str) -> Result<String, Problem> {
        let digest = sha256(text.as_bytes());
        let key = format!("templates/{digest}.json");
        let sent = publish(self.cloud, self.identity, self.home, &key, text.as_bytes(), &digest)
            .await
            .map_err(|error| Problem::of(&error))?;
        if sent {
            self.waiting(unit, format!("template published as `{key}`"));
        }
        let bucket = bootstrap::bucket(self.identity, self.home);
        Ok(format!("https://{bucket}.s3.{}.{}/{key}", self.home, self.home.partition().url_suffix()))
    }

    /// Says what is waited for, once in a while.
    fn waiting(&self, unit: &str, on: String) {
        let now = tokio::time::Instant::now();
        if now.duration_since(self.last_heartbeat.get()).as_secs() >= 10 {
            self.last_heartbeat.set(now);
            self.journal.emit(Event::Waiting { unit: unit.to_owned(), on });
        }
    }
}

/// The ids of the units that are one stack in the home region.
fn home_stacks(plan: &Plan) -> BTreeSet<String> {
    plan.units().filter(|unit| unit.kind == UnitKind::Stack).map(|unit| unit.unit.id.clone()).collect()
}

fn names(regions: &[Region]) -> String {
    regions.iter().map(|region| format!("`{region}`")).collect::<Vec<_>>().join(", ")
}

fn changed_by_other(name: &str) -> Problem {
    Problem {
        code: "deploy::changed-by-other".into(),
        message: format!("somebody else changed `{name}` after this run's plan was made"),
        help: "look at `flagcdk diff`, then deploy again; `--force` does not ask".into(),
        severity: Outcome::Partial,
    }
}
