//! Making the resources of a stack be what its template says, and undoing it all when one of them fails.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

use super::events::Trail;
use super::exports;
use super::surroundings::{self, MadeSoFar, Records, words};
use crate::clock::Timestamp;
use crate::cloud::Cloud;
use crate::faults::Phase;
use crate::resources::changes::{self, Change};
use crate::resources::identity::{self, Naming};
use crate::resources::registry;
use crate::resources::schema_check;
use crate::resources::world::{self, Site};
use crate::store::model::{OnFailure, OutputRecord, Policy, ResourceRecord, Stack, StackSource, Status};
use crate::template::evaluate::Evaluator;
use crate::template::{ResourceDeclaration, Template};

/// What became of a stack's resources.
pub(super) struct Changed {
    pub(super) records: Records,
    pub(super) outputs: Vec<OutputRecord>,
    pub(super) imports: BTreeSet<String>,
}

/// Why it came to nothing, after everything was undone.
pub(super) struct Failure {
    /// The resources as they are now.
    pub(super) records: Records,
    /// The resource that failed and its type; none when the stack as a whole did.
    pub(super) resource: Option<(String, String)>,
    pub(super) reason: String,
    /// Why it could not be undone, if it could not.
    pub(super) rollback_failed: Option<String>,
}

impl Failure {
    /// The reason as the status of a stack instance tells it.
    pub(super) fn told(&self) -> String {
        match &self.resource {
            Some((logical_id, type_name)) => format!(
                "ResourceLogicalId:{logical_id}, ResourceType:{type_name}, ResourceStatusReason:{}.",
                self.reason.trim_end_matches('.')
            ),
            None => self.reason.clone(),
        }
    }
}

/// Makes the resources be what the source says, starting from those that are there.
pub(super) fn change(
    cloud: &mut Cloud,
    stack: &Stack,
    source: &StackSource,
    old: Records,
    now: Timestamp,
    trail: &mut Trail,
) -> Result<Changed, Failure> {
    let broken = |reason: String, records: &Records| Failure {
        records: records.clone(),
        resource: None,
        reason,
        rollback_failed: None,
    };
    let template = match cloud.template(&source.template) {
        Ok(template) => template,
        Err(error) => return Err(broken(error.0, &old)),
    };
    let identity = surroundings::identity(cloud, stack, source);
    let made = surroundings::with_records(cloud, &identity, Records::new(), false);
    let evaluator = match Evaluator::new(&template, &identity, &source.parameters, made) {
        Ok(evaluator) => evaluator,
        Err(trouble) => return Err(broken(words(trouble), &old)),
    };
    let wanted: Vec<&String> =
        template.order.iter().filter(|name| template.resources[*name].is_wanted(evaluator.conditions())).collect();
    // A region that is told to fail does so at its last resource, when there is the most to undo.
    let injected = cloud.region_failures.take(Phase::Change, &stack.region, &stack.name);
    let mut work = ChangeWork {
        cloud,
        stack,
        now,
        trail,
        old: &old,
        done: Vec::new(),
        is_update: !old.is_empty() || stack.status != Status::CreateInProgress,
    };
    for (index, logical_id) in wanted.iter().enumerate() {
        let declaration = &template.resources[*logical_id];
        let last = index + 1 == wanted.len();
        let injected = injected.clone().filter(|_| last);
        let made = match injected {
            Some(reason) => {
                work.announce(logical_id, declaration);
                Err(reason)
            }
            None => work.one(&evaluator, logical_id, declaration),
        };
        match made {
            Ok(record) => {
                evaluator.surroundings.records.borrow_mut().insert((*logical_id).clone(), record);
            }
            Err(reason) => {
                work.failed(logical_id, declaration, &reason);
                if !work.is_update && stack.on_failure == OnFailure::DoNothing {
                    let records = evaluator.surroundings.records.into_inner();
                    let resource = Some(((*logical_id).clone(), declaration.type_name.clone()));
                    return Err(Failure { records, resource, reason, rollback_failed: None });
                }
                let told = format!("The following resource(s) failed to {}: [{logical_id}]. ", work.verb());
                let (records, rollback_failed) = work.undo(&told);
                return Err(Failure {
                    records,
                    resource: Some(((*logical_id).clone(), declaration.type_name.clone())),
                    reason,
                    rollback_failed,
                });
            }
        }
    }
    let outputs = outputs(&evaluator, &template)
        .and_then(|outputs| exports::check(&mut work.cloud.store, stack, &outputs).map(|()| outputs));
    let outputs = match outputs {
        Ok(outputs) => outputs,
        Err(reason) => {
            let (records, rollback_failed) = work.undo(&format!("{reason}. "));
            return Err(Failure { records, resource: None, reason, rollback_failed });
        }
    };
    let imports = evaluator.imports();
    let records = evaluator.surroundings.records.into_inner();
    work.clean_up(&records);
    Ok(Changed { records, outputs, imports })
}

fn outputs(evaluator: &Evaluator<'_, MadeSoFar>, template: &Template) -> Result<Vec<OutputRecord>, String> {
    let mut outputs = Vec::new();
    for (key, output) in &template.outputs {
        let wanted = output.condition.as_ref().is_none_or(|name| evaluator.conditions().get(name) == Some(&true));
        if !wanted {
            continue;
        }
        let text = |value: &Value, what: &str| match evaluator.value(value).map_err(words)? {
            Some(Value::String(text)) => Ok(text),
            Some(value @ (Value::Bool(_) | Value::Number(_))) => Ok(value.to_string()),
            _ => Err(format!(
                "Template format error: The {what} field of every Outputs member must evaluate to a String."
            )),
        };
        let export = output.export.as_ref().map(|name| text(name, "Export Name")).transpose()?;
        outputs.push(OutputRecord {
            key: key.clone(),
            value: text(&output.value, "Value")?,
            description: output.description.clone(),
            export,
        });
    }
    Ok(outputs)
}

/// One thing that was done, to be undone.
enum Done {
    Made(String, ResourceRecord),
    Updated(String, ResourceRecord, ResourceRecord),
    /// The new one is there, the old one still is.
    Replaced(String, ResourceRecord, ResourceRecord, Policy),
}

struct ChangeWork<'a> {
    cloud: &'a mut Cloud,
    stack: &'a Stack,
    now: Timestamp,
    trail: &'a mut Trail,
    old: &'a Records,
    done: Vec<Done>,
    is_update: bool,
}

impl ChangeWork<'_> {
    fn verb(&self) -> &'static str {
        if self.is_update { "update" } else { "create" }
    }

    fn announce(&mut self, logical_id: &str, declaration: &ResourceDeclaration) {
        let status =
            if self.old.contains_key(logical_id) { Status::UpdateInProgress } else { Status::CreateInProgress };
        let physical_id = self.old.get(logical_id).map(|record| record.physical_id.as_str()).unwrap_or_default();
        self.trail.resource(logical_id, physical_id, &declaration.type_name, status, None);
    }

    fn failed(&mut self, logical_id: &str, declaration: &ResourceDeclaration, reason: &str) {
        let status = if self.old.contains_key(logical_id) { Status::UpdateFailed } else { Status::CreateFailed };
        let physical_id = self.old.get(logical_id).map(|record| record.physical_id.as_str()).unwrap_or_default();
        self.trail.resource(logical_id, physical_id, &declaration.type_name, status, Some(reason));
    }

    /// Makes one resource, or changes it, or finds that it is right as it is.
    fn one(
        &mut self,
        evaluator: &Evaluator<'_, MadeSoFar>,
        logical_id: &str,
        declaration: &ResourceDeclaration,
    ) -> Result<ResourceRecord, String> {
        let properties =
            evaluator.value(&declaration.properties).map_err(words)?.unwrap_or_else(|| Value::Object(Map::new()));
        let old = self.old.get(logical_id);
        let schema = self.cloud.registry.schema(&declaration.type_name);
        let change = match old {
            None => Change::Replacement,
            Some(old) => changes::compare(schema.as_deref(), &old.properties, &properties),
        };
        let deletion_policy = declaration.deletion_policy.unwrap_or(Policy::Delete);
        let replace_policy = declaration.replace_policy.unwrap_or(Policy::Delete);
        if let (Change::Nothing, Some(old)) = (change, old) {
            return Ok(ResourceRecord { deletion_policy, replace_policy, ..old.clone() });
        }
        self.announce(logical_id, declaration);
        if declaration.type_name == "AWS::CloudFormation::Stack" {
            return Err("the simulator runs no nested stacks".to_owned());
        }
        if let Some(schema) = &schema
            && !registry::is_custom(&declaration.type_name)
        {
            let findings = schema_check::check(schema, &properties);
            if !findings.is_empty() {
                return Err(format!(
                    "Properties validation failed for resource {logical_id} with message:\n{}",
                    findings.join("\n")
                ));
            }
        }
        let mut record = ResourceRecord {
            type_name: declaration.type_name.clone(),
            physical_id: String::new(),
            status: if old.is_some() { Status::UpdateComplete } else { Status::CreateComplete },
            reason: None,
            updated: self.now,
            properties,
            deletion_policy,
            replace_policy,
            seed: String::new(),
            claims: Vec::new(),
            facts: BTreeMap::new(),
        };
        record.seed = match (change, old) {
            (Change::InPlace, Some(old)) => old.seed.clone(),
            _ => format!("{}/{logical_id}/{}", self.stack.id, self.cloud.store.next()),
        };
        let account = self.cloud.account.clone();
        let found = identity::identify(
            &declaration.type_name,
            schema.as_deref(),
            Naming {
                account: &account,
                region: &self.stack.region,
                stack_name: &self.stack.name,
                logical_id,
                seed: &record.seed,
                properties: &record.properties,
            },
        );
        record.claims = found.claims;
        record.physical_id = match (change, old) {
            (Change::InPlace, Some(old)) => old.physical_id.clone(),
            _ => found.physical_id,
        };
        let site = Site { account: &account, region: &self.stack.region, stack_id: &self.stack.id, now: self.now };
        match (change, old) {
            (Change::InPlace, Some(old)) => {
                world::update(&mut self.cloud.store, site, old, &mut record)?;
                self.done.push(Done::Updated(logical_id.to_owned(), old.clone(), record.clone()));
            }
            (_, Some(old)) => {
                if record.claims.iter().any(|claim| old.claims.contains(claim)) {
                    return Err(format!(
                        "CloudFormation cannot update a stack when a custom-named resource requires replacing. \
                         Rename {} and update the stack again.",
                        old.physical_id
                    ));
                }
                self.trail.resource(
                    logical_id,
                    &old.physical_id,
                    &declaration.type_name,
                    Status::UpdateInProgress,
                    Some("Requested update requires the creation of a new physical resource; hence creating one."),
                );
                world::create(&mut self.cloud.store, site, &mut record)?;
                self.done.push(Done::Replaced(logical_id.to_owned(), old.clone(), record.clone(), replace_policy));
            }
            (_, None) => {
                world::create(&mut self.cloud.store, site, &mut record)?;
                self.done.push(Done::Made(logical_id.to_owned(), record.clone()));
            }
        }
        self.trail.resource(logical_id, &record.physical_id, &declaration.type_name, record.status, None);
        Ok(record)
    }

    /// Takes back what was done, last first, and gives the resources that are then there, and why that failed if it did.
    fn undo(&mut self, why: &str) -> (Records, Option<String>) {
        let status = if self.is_update { Status::UpdateRollbackInProgress } else { Status::RollbackInProgress };
        let reason = if self.is_update { why.to_owned() } else { format!("{why}Rollback requested by user.") };
        self.trail.stack(self.stack, status, Some(&reason));
        let mut records = self.old.clone();
        let account = self.cloud.account.clone();
        let site = Site { account: &account, region: &self.stack.region, stack_id: &self.stack.id, now: self.now };
        for done in std::mem::take(&mut self.done).into_iter().rev() {
            match done {
                Done::Made(logical_id, record) => {
                    // That `Retain` also holds for the rollback of a creation is why `RetainExceptOnCreate` exists.
                    let keep = record.deletion_policy == Policy::Retain;
                    self.remove(site, &logical_id, &record, keep);
                }
                Done::Replaced(logical_id, old, new, _) => {
                    self.remove(site, &logical_id, &new, false);
                    records.insert(logical_id, old);
                }
                Done::Updated(logical_id, old, new) => {
                    world::restore(&mut self.cloud.store, site, &old, &new);
                    self.trail.resource(&logical_id, &old.physical_id, &old.type_name, Status::UpdateComplete, None);
                    records.insert(logical_id, old);
                }
            }
        }
        let failed = self
            .is_update
            .then(|| self.cloud.region_failures.take(Phase::Rollback, &self.stack.region, &self.stack.name));
        (records, failed.flatten())
    }

    /// Removes what was replaced or is no longer in the template.
    fn clean_up(&mut self, records: &Records) {
        if !self.is_update {
            return;
        }
        self.trail.stack(self.stack, Status::UpdateCleanup, None);
        let account = self.cloud.account.clone();
        let site = Site { account: &account, region: &self.stack.region, stack_id: &self.stack.id, now: self.now };
        for done in std::mem::take(&mut self.done).into_iter().rev() {
            if let Done::Replaced(logical_id, old, _, policy) = done {
                self.remove(site, &logical_id, &old, policy == Policy::Retain);
            }
        }
        let gone: Vec<(String, ResourceRecord)> = self
            .old
            .iter()
            .filter(|(logical_id, _)| !records.contains_key(*logical_id))
            .map(|(logical_id, record)| (logical_id.clone(), record.clone()))
            .collect();
        for (logical_id, record) in gone.into_iter().rev() {
            let keep = matches!(record.deletion_policy, Policy::Retain | Policy::RetainExceptOnCreate);
            self.remove(site, &logical_id, &record, keep);
        }
    }

    /// Deletes a resource, or leaves it without a stack. What cannot be deleted is left, too, as CloudFormation does
    /// while it cleans up.
    fn remove(&mut self, site: Site<'_>, logical_id: &str, record: &ResourceRecord, keep: bool) {
        let (status, reason) = if keep {
            world::retain(&mut self.cloud.store, site, record);
            (Status::DeleteSkipped, None)
        } else {
            match world::delete(&mut self.cloud.store, site, record) {
                Ok(()) => (Status::DeleteComplete, None),
                Err(reason) => {
                    world::retain(&mut self.cloud.store, site, record);
                    (Status::DeleteFailed, Some(reason))
                }
            }
        };
        self.trail.resource(logical_id, &record.physical_id, &record.type_name, status, reason.as_deref());
    }
}
