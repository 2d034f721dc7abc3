//! Faults on purpose: which requests go wrong, and how.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use crate::identifiers;
use crate::log::RequestRecord;

/// Which requests go wrong, and how. The first rule that applies to a request decides.
#[derive(Clone, Debug, Default)]
pub struct FaultPlan {
    rules: Vec<Rule>,
    region_failures: Vec<RegionFailure>,
}

/// A fault, and the requests that it befalls.
#[derive(Clone, Debug)]
pub struct Rule {
    service: Option<String>,
    action: Option<String>,
    region: Option<String>,
    mutating_only: bool,
    when: When,
    fault: Fault,
}

/// Which of the matching requests a rule befalls.
#[derive(Clone, Copy, Debug, Default)]
enum When {
    #[default]
    Always,
    /// The matching request of this number, counted from one.
    Nth(u64),
    First(u64),
    /// So many in a hundred, drawn from the seed.
    Percent(u64, u64),
}

/// What goes wrong.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Fault {
    /// 400 `Throttling`, or 503 `SlowDown` from S3.
    Throttle,
    /// This status with an HTML page, as a load balancer answers.
    Html(u16),
    /// An error of the service.
    Error {
        /// The HTTP status.
        status: u16,
        /// The code, such as `AccessDenied`.
        code: String,
        /// A sentence for people.
        message: String,
    },
    /// The connection is reset before the request is looked at.
    ResetBefore,
    /// The request is carried out, then the connection is reset.
    ReplyLost,
    /// Nothing is done, and nothing is said for so long; then the connection is reset.
    Hang(Duration),
    /// The request is carried out, then nothing is said for so long; then the connection is reset.
    ReplyHangs(Duration),
    /// The answer comes in small pieces over this time.
    SlowBody(Duration),
    /// 403 `ExpiredToken` for the access key of the request, now and from now on.
    ExpiredToken,
    /// 403 `AccessDenied`.
    AccessDenied,
    /// Somebody is told before the request is carried out, which it then is.
    Before(Hook),
    /// Somebody is told after the request was carried out and before it is answered.
    After(Hook),
}

/// Somebody to be told of a request.
#[derive(Clone)]
pub struct Hook(Arc<dyn Fn(&RequestRecord) + Send + Sync>);

impl Hook {
    /// Tells this function.
    pub fn new(tell: impl Fn(&RequestRecord) + Send + Sync + 'static) -> Self {
        Self(Arc::new(tell))
    }

    pub(crate) fn tell(&self, record: &RequestRecord) {
        (self.0)(record);
    }
}

impl fmt::Debug for Hook {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Hook")
    }
}

#[derive(Clone, Debug)]
struct RegionFailure {
    phase: Phase,
    region: String,
    /// A part of the stack's name; empty for every stack.
    stack: String,
    times: u32,
    reason: String,
}

impl FaultPlan {
    /// Nothing goes wrong.
    pub fn new() -> Self {
        Self::default()
    }

    /// With one more rule.
    #[must_use]
    pub fn rule(mut self, rule: Rule) -> Self {
        self.rules.push(rule);
        self
    }

    /// The next so many creations or updates of stacks in the region fail, at their last resource, for this reason.
    #[must_use]
    pub fn fail_region(self, region: &str, times: u32, reason: &str) -> Self {
        self.fail_stack(region, "", times, reason)
    }

    /// As [`Self::fail_region`], for stacks whose name contains a text.
    #[must_use]
    pub fn fail_stack(self, region: &str, stack: &str, times: u32, reason: &str) -> Self {
        self.fail(Phase::Change, region, stack, times, reason)
    }

    /// The next so many rollbacks of updates in the region fail, of stacks whose name contains a text: they are left in
    /// `UPDATE_ROLLBACK_FAILED`.
    #[must_use]
    pub fn fail_rollback(self, region: &str, stack: &str, times: u32, reason: &str) -> Self {
        self.fail(Phase::Rollback, region, stack, times, reason)
    }

    /// The next so many deletions in the region fail, of stacks whose name contains a text: they are left in
    /// `DELETE_FAILED`.
    #[must_use]
    pub fn fail_deletion(self, region: &str, stack: &str, times: u32, reason: &str) -> Self {
        self.fail(Phase::Delete, region, stack, times, reason)
    }

    fn fail(mut self, phase: Phase, region: &str, stack: &str, times: u32, reason: &str) -> Self {
        self.region_failures.push(RegionFailure {
            phase,
            region: region.to_owned(),
            stack: stack.to_owned(),
            times,
            reason: reason.to_owned(),
        });
        self
    }
}

/// What a stack is at when it fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Phase {
    /// A creation or an update.
    Change,
    Rollback,
    Delete,
}

impl Rule {
    /// The fault befalls every request.
    pub fn new(fault: Fault) -> Self {
        Self { service: None, action: None, region: None, mutating_only: false, when: When::Always, fault }
    }

    /// Only requests to a service: `cloudformation`, `s3`, `sts` or `dynamodb`.
    #[must_use]
    pub fn service(mut self, service: &str) -> Self {
        self.service = Some(service.to_owned());
        self
    }

    /// Only requests for an action, such as `CreateStackSet`.
    #[must_use]
    pub fn action(mut self, action: &str) -> Self {
        self.action = Some(action.to_owned());
        self
    }

    /// Only requests to a region.
    #[must_use]
    pub fn region(mut self, region: &str) -> Self {
        self.region = Some(region.to_owned());
        self
    }

    /// Only requests that change something.
    #[must_use]
    pub fn mutating(mut self) -> Self {
        self.mutating_only = true;
        self
    }

    /// Only the matching request of this number, counted from one.
    #[must_use]
    pub fn nth(mut self, number: u64) -> Self {
        self.when = When::Nth(number);
        self
    }

    /// Only the first matching requests.
    #[must_use]
    pub fn first(mut self, count: u64) -> Self {
        self.when = When::First(count);
        self
    }

    /// So many in a hundred of the matching requests, always the same ones for the same seed.
    #[must_use]
    pub fn percent(mut self, percent: u64, seed: u64) -> Self {
        self.when = When::Percent(percent, seed);
        self
    }

    fn matches(&self, record: &RequestRecord) -> bool {
        let same = |wanted: &Option<String>, got: &str| wanted.as_ref().is_none_or(|wanted| wanted == got);
        same(&self.service, &record.service)
            && same(&self.action, &record.action)
            && same(&self.region, &record.region)
            && (!self.mutating_only || record.mutating)
    }
}

/// The plan, and how much of it has come to pass.
#[derive(Debug, Default)]
pub(crate) struct Faults {
    plan: FaultPlan,
    /// The number of matching requests so far, for each rule.
    counts: Vec<u64>,
    /// Access keys that have expired.
    expired: Vec<String>,
}

impl Faults {
    pub(crate) fn new(plan: FaultPlan) -> Self {
        Self { counts: vec![0; plan.rules.len()], plan, expired: Vec::new() }
    }

    /// What befalls a request.
    pub(crate) fn next(&mut self, record: &RequestRecord) -> Option<Fault> {
        if self.expired.contains(&record.access_key) {
            return Some(Fault::ExpiredToken);
        }
        let mut found = None;
        for (rule, count) in self.plan.rules.iter().zip(&mut self.counts) {
            if !rule.matches(record) {
                continue;
            }
            *count += 1;
            let befalls = match rule.when {
                When::Always => true,
                When::Nth(number) => *count == number,
                When::First(first) => *count <= first,
                When::Percent(percent, seed) => {
                    let digits = identifiers::hex_digits(&format!("{seed}/{count}"), 8);
                    u64::from_str_radix(&digits, 16).unwrap_or_default() % 100 < percent
                }
            };
            if befalls && found.is_none() {
                found = Some(rule.fault.clone());
            }
        }
        if matches!(found, Some(Fault::ExpiredToken)) {
            self.expired.push(record.access_key.clone());
        }
        found
    }

    pub(crate) fn region_failures(&self) -> RegionFailures {
        RegionFailures(Arc::new(Mutex::new(self.plan.region_failures.clone())))
    }
}

/// The failures of stacks that are still to come.
#[derive(Clone, Debug, Default)]
pub(crate) struct RegionFailures(Arc<Mutex<Vec<RegionFailure>>>);

impl RegionFailures {
    /// Why the work on a stack fails, if it does.
    pub(crate) fn take(&self, phase: Phase, region: &str, stack: &str) -> Option<String> {
        let mut failures = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let failure = failures.iter_mut().find(|failure| {
            failure.times > 0 && failure.phase == phase && failure.region == region && stack.contains(&failure.stack)
        })?;
        failure.times -= 1;
        Some(failure.reason.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::log::Outcome;

    fn record(action: &str) -> RequestRecord {
        RequestRecord {
            service: "cloudformation".to_owned(),
            action: action.to_owned(),
            region: "eu-west-1".to_owned(),
            mutating: action.starts_with("Create"),
            access_key: "key".to_owned(),
            outcome: Outcome::Pending,
        }
    }

    fn befallen(rule: Rule, requests: &[&str]) -> Vec<usize> {
        let mut faults = Faults::new(FaultPlan::new().rule(rule));
        let hit = |action: &&str| faults.next(&record(action)).is_some();
        requests.iter().map(hit).enumerate().filter(|(_, hit)| *hit).map(|(at, _)| at).collect()
    }

    #[test]
    fn rules_befall_what_they_name() {
        let requests = ["CreateStack", "DescribeStacks", "CreateStack", "CreateStackSet"];
        let throttle = || Rule::new(Fault::Throttle);
        for (rule, expected) in [
            (throttle(), vec![0, 1, 2, 3]),
            (throttle().action("CreateStack"), vec![0, 2]),
            (throttle().action("CreateStack").nth(2), vec![2]),
            (throttle().mutating().first(2), vec![0, 2]),
            (throttle().region("eu-west-2"), vec![]),
            (throttle().service("s3"), vec![]),
            (throttle().percent(0, 1), vec![]),
            (throttle().percent(100, 1), vec![0, 1, 2, 3]),
        ] {
            assert_eq!(befallen(rule, &requests), expected);
        }
    }

    #[test]
    fn an_expired_key_stays_expired() {
        let rule = Rule::new(Fault::ExpiredToken).nth(2);
        assert_eq!(befallen(rule, &["A", "B", "C"]), [1, 2]);
    }

    #[test]
    fn chance_is_drawn_from_the_seed() {
        let requests = ["A"; 200];
        let drawn = |seed| befallen(Rule::new(Fault::Throttle).percent(30, seed), &requests);
        assert_eq!(drawn(1), drawn(1));
        assert_ne!(drawn(1), drawn(2));
        assert!((40..=80).contains(&drawn(1).len()), "{}", drawn(1).len());
    }
}
