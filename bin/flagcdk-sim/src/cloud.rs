//! The simulated cloud: its state, its time, and what drives it on.

use std::collections::{BTreeSet, HashMap};
use std::io;
use std::sync::Arc;

use crate::clock::{Clock, Pace, Timestamp};
use crate::cloudformation;
use crate::faults::RegionFailures;
use crate::resources::registry::Registry;
use crate::store::Store;
use crate::store::model::Timer;
use crate::template::{Template, TemplateError};

/// Everything that requests are answered from.
#[derive(Debug)]
pub(crate) struct Cloud {
    pub(crate) account: String,
    pub(crate) pace: Pace,
    pub(crate) clock: Clock,
    pub(crate) store: Store,
    pub(crate) registry: Arc<Registry>,
    pub(crate) region_failures: RegionFailures,
    pub(crate) disabled_regions: BTreeSet<String>,
    pub(crate) foreign_buckets: BTreeSet<String>,
    templates: HashMap<String, Arc<Template>>,
    /// No request is answered as of an earlier moment than the one before it.
    last: Timestamp,
}

/// The row of the schedule.
const SCHEDULE: &str = "schedule";

impl Cloud {
    pub(crate) fn new(account: String, pace: Pace, clock: Clock, store: Store) -> Self {
        Self {
            account,
            pace,
            clock,
            store,
            registry: Arc::default(),
            region_failures: RegionFailures::default(),
            disabled_regions: BTreeSet::new(),
            foreign_buckets: BTreeSet::new(),
            templates: HashMap::new(),
            last: Timestamp::default(),
        }
    }

    /// Does everything that is due, and gives the moment as of which a request is answered.
    pub(crate) fn advance(&mut self) -> Timestamp {
        let clock = self.clock.now();
        // At the instant pace, whatever was begun before a request is done when the request comes.
        let horizon = match (&self.clock, self.pace) {
            (Clock::System, Pace::Instant) => Timestamp::MAX,
            _ => clock,
        };
        let mut now = clock.max(self.last);
        while self.next_due().is_some_and(|at| at <= horizon) {
            let Some((at, timer)) = self.store.schedule.get_mut(SCHEDULE).and_then(|schedule| schedule.take_first())
            else {
                break;
            };
            now = now.max(at);
            match timer {
                Timer::StackDue(key) => cloudformation::stack_due(self, &key, at),
                Timer::InstanceStart(owner) => cloudformation::instance_start(self, &owner, at),
            }
        }
        self.last = now;
        now
    }

    pub(crate) fn schedule(&mut self, at: Timestamp, timer: Timer) {
        let sequence = self.store.next();
        self.store.schedule.get_or_default(SCHEDULE).add(at, sequence, timer);
    }

    /// Makes what happened lasting.
    pub(crate) fn commit(&mut self) -> io::Result<()> {
        let account = self.account.clone();
        self.store.commit(&account)
    }

    /// A template that was accepted before.
    pub(crate) fn template(&mut self, blob: &str) -> Result<Arc<Template>, TemplateError> {
        if let Some(template) = self.templates.get(blob) {
            return Ok(Arc::clone(template));
        }
        let body = self.template_body(blob)?;
        self.accept_template(&body).map(|(_, template)| template)
    }

    /// The text of a template that was accepted before.
    pub(crate) fn template_body(&self, blob: &str) -> Result<String, TemplateError> {
        self.store
            .blob(blob)
            .ok()
            .and_then(|bytes| String::from_utf8(bytes.to_vec()).ok())
            .ok_or_else(|| TemplateError("Template cannot be read".to_owned()))
    }

    /// Reads and keeps a template; gives the name to find it by.
    pub(crate) fn accept_template(&mut self, body: &str) -> Result<(String, Arc<Template>), TemplateError> {
        let name = crate::identifiers::sha256(body.as_bytes());
        if let Some(template) = self.templates.get(&name) {
            return Ok((name, Arc::clone(template)));
        }
        let template = Arc::new(Template::parse(body)?);
        self.store
            .put_blob(bytes::Bytes::copy_from_slice(body.as_bytes()))
            .map_err(|error| TemplateError(format!("Template cannot be stored: {error}")))?;
        self.templates.insert(name.clone(), Arc::clone(&template));
        Ok((name, template))
    }

    fn next_due(&mut self) -> Option<Timestamp> {
        self.store.schedule.get(SCHEDULE).and_then(|schedule| schedule.next_at())
    }
}
