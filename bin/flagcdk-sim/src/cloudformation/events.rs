//! What happened to a stack, told after the fact.

use crate::clock::Timestamp;
use crate::cloud::Cloud;
use crate::identifiers;
use crate::store::model::{Stack, StackEvent, Status};

/// The steps of one piece of work, in order.
#[derive(Debug, Default)]
pub(super) struct Trail {
    steps: Vec<Step>,
}

#[derive(Debug)]
struct Step {
    logical_id: String,
    physical_id: String,
    type_name: String,
    status: Status,
    reason: Option<String>,
}

impl Trail {
    pub(super) fn resource(
        &mut self,
        logical_id: &str,
        physical_id: &str,
        type_name: &str,
        status: Status,
        reason: Option<&str>,
    ) {
        self.steps.push(Step {
            logical_id: logical_id.to_owned(),
            physical_id: physical_id.to_owned(),
            type_name: type_name.to_owned(),
            status,
            reason: reason.map(str::to_owned),
        });
    }

    pub(super) fn stack(&mut self, stack: &Stack, status: Status, reason: Option<&str>) {
        self.resource(&stack.name, &stack.id, "AWS::CloudFormation::Stack", status, reason);
    }
}

/// Writes the steps down, spread evenly over the time that the work took.
pub(super) fn record(cloud: &mut Cloud, key: &str, stack: &Stack, trail: Trail, from: Timestamp, to: Timestamp) {
    let count = trail.steps.len();
    let first = cloud.store.next();
    let events = &mut cloud.store.events.get_or_default(key).events;
    for (index, step) in trail.steps.into_iter().enumerate() {
        let id = if step.type_name == "AWS::CloudFormation::Stack" && step.logical_id == stack.name {
            identifiers::uuid(&format!("event/{first}/{index}"))
        } else {
            format!(
                "{}-{}-{}",
                step.logical_id,
                step.status,
                identifiers::hex_digits(&format!("event/{first}/{index}"), 12)
            )
        };
        events.push(StackEvent {
            id,
            at: from.between(to, index + 1, count),
            logical_id: step.logical_id,
            physical_id: step.physical_id,
            type_name: step.type_name,
            status: step.status,
            reason: step.reason,
            token: stack.token.clone(),
        });
    }
}
